//! `[trajectories]`: what is read, and what is refused.

use leyden::Method;
use leyden::charge::{Count, Trajectories};
use leyden::evolve::Picture;
use leyden_scenario::{Drawing, Scenario};

/// What is said of a text; empty where it is accepted.
fn report(text: &str) -> String {
    Scenario::parse("test.toml", text).err().map_or(String::new(), |report| report.to_string())
}

const DRAWN: &str = "[time]\nend = 1.0\n[charger]\ndephasing = 1.0\n[method]\nname = \"trajectories\"\n";

fn drawing(text: &str) -> Drawing {
    let scenario = Scenario::parse("test.toml", text).unwrap();
    assert_eq!(scenario.method, Some(Method::Trajectories));
    assert!(scenario.contents().trajectories);
    scenario.drawing
}

#[test]
fn everything_has_a_default() {
    let how = Trajectories { picture: Picture::Jumps, count: Count::Fixed(1000), keep: 0 };
    assert_eq!(drawing(DRAWN), Drawing { how, seed: 0 });
    assert_eq!(drawing(&format!("{DRAWN}[trajectories]\n")), Drawing { how, seed: 0 });
}

#[test]
fn every_key_is_read() {
    for picture in Picture::ALL {
        let table =
            format!("[trajectories]\npicture = \"{}\"\ncount = 37\nseed = 5\nkeep = 3\n", picture.name());
        let how = Trajectories { picture, count: Count::Fixed(37), keep: 3 };
        assert_eq!(drawing(&format!("{DRAWN}{table}")), Drawing { how, seed: 5 });
    }
    assert_eq!(drawing(&format!("{DRAWN}[trajectories]\nuntil = 2e-3\n")).how.count, Count::Until(2e-3));
}

#[test]
fn what_does_not_go_together_is_shown_at_its_place() {
    let said = report(&format!("{DRAWN}[trajectories]\ncount = 10\nuntil = 1e-3\n"));
    assert!(said.contains("`trajectories.count` and `trajectories.until`"), "{said}");
    let said = report("[time]\nend = 1.0\n[trajectories]\ncount = 10\n");
    assert!(said.contains("set name = \"trajectories\" in [method]"), "{said}");
    let said = report(&format!("{DRAWN}[trajectories]\npicture = \"jump\"\n"));
    assert!(said.contains("jumps"), "{said}");
    let said = report(&format!("{DRAWN}[sweep]\n\"trajectories.count\" = [10, 20]\n"));
    assert!(said.contains("`trajectories.count` is the same everywhere"), "{said}");
    // Whoever names another method may leave the table where it is.
    let other = DRAWN.replace("\"trajectories\"", "\"taylor\"");
    assert_eq!(report(&format!("{other}[trajectories]\ncount = 10\n")), "");
}
