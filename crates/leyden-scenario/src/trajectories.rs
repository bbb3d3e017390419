//! `[trajectories]`: how noise is drawn, beside `name = "trajectories"` in `[method]`.

use leyden::charge::{Count, Trajectories};
use leyden::evolve::Picture;

use crate::keys::TRAJECTORIES;
use crate::read::Reader;

/// What is asked of trajectories, and their seed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Drawing {
    /// How noise is drawn, and how often.
    pub how: Trajectories,
    /// Seed of the random numbers.
    pub seed: u64,
}

/// The table, or what stands for it; `None` where something is wrong.
pub(crate) fn trajectories(reader: &mut Reader<'_>) -> Option<Drawing> {
    // Whoever names another method, on the command line say, knows what the table is for.
    if reader.has_table(TRAJECTORIES) && !reader.has("method", "name") {
        let title: &str =
            "`[trajectories]` says how the method \"trajectories\" draws, which is not the one taken";
        let help = "set name = \"trajectories\" in [method], or leave the table out";
        return reader.refuse(reader.place(TRAJECTORIES, ""), title, "not used", Some(help.to_string()));
    }
    let word = reader.word(TRAJECTORIES, "picture").unwrap_or(Picture::Jumps.name());
    let picture = Picture::ALL.into_iter().find(|picture| picture.name() == word)?;
    reader.one_of(TRAJECTORIES, &["count", "until"]);
    let count = match reader.has(TRAJECTORIES, "until") {
        true => Count::Until(reader.number(TRAJECTORIES, "until")?),
        false if reader.has(TRAJECTORIES, "count") => Count::Fixed(reader.count(TRAJECTORIES, "count")?),
        false => Trajectories::default().count,
    };
    let whole = |reader: &mut Reader<'_>, name: &str| match reader.has(TRAJECTORIES, name) {
        true => reader.count(TRAJECTORIES, name),
        false => Some(0),
    };
    let (seed, keep) = (whole(reader, "seed")?, whole(reader, "keep")?);
    Some(Drawing { how: Trajectories { picture, count, keep }, seed: seed as u64 })
}
