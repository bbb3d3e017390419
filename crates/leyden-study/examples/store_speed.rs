//! How fast a store takes points: `cargo run --release --example store_speed [FOLDER]`.

use std::time::Instant;

use leyden_study::store::{Axis, Layout, Record, Shard, Status, Store, StoreError, Variable};

fn layout(lengths: [usize; 2], times: usize, variables: usize) -> Layout {
    let axis = |(key, length): (&str, usize)| Axis {
        key: key.into(),
        values: (0..length).map(|i| i as f64).collect(),
        units: "g".into(),
        long_name: key.into(),
    };
    let variable = |index| Variable {
        name: format!("variable_{index}"),
        units: "g".into(),
        long_name: format!("variable {index}"),
        over_time: times > 0,
    };
    Layout {
        axes: ["charger.dephasing", "drive.amplitude"].into_iter().zip(lengths).map(axis).collect(),
        times: (0..times).map(|t| t as f64).collect(),
        time_units: "1/g".into(),
        variables: (0..variables).map(variable).collect(),
        ..Layout::default()
    }
}

fn main() -> Result<(), StoreError> {
    let here = tempfile::tempdir().expect("a temporary folder");
    let folder = std::env::args().nth(1).map_or(here.path().into(), std::path::PathBuf::from);
    for (name, lengths, times, variables) in
        [("scalars", [200, 200], 0, 5), ("series", [100, 100], 401, 10), ("run", [1, 1], 401, 10)]
    {
        let layout = layout(lengths, times, variables);
        let numbers = times.max(1) * variables;
        let value = |point: usize, i: usize| ((point + 1) as f64 * 0.01 * i as f64).sin();
        let records: Vec<Record> = (0..100)
            .map(|point| Record {
                status: Status::Done,
                values: (0..numbers).map(|i| value(point, i)).collect(),
                reason: String::new(),
            })
            .collect();
        let path = folder.join(name);
        let start = Instant::now();
        let mut store = Store::open(&path, &layout, Shard::ALL)?;
        let opened = start.elapsed();
        for chunk in store.chunks_to_do().collect::<Vec<_>>() {
            for point in store.points_of(chunk) {
                store.append(point, &records[point % 100])?;
            }
        }
        let progress = store.finish()?;
        let written = start.elapsed();
        Store::open_read(&path)?.read("variable_0")?;
        let read = start.elapsed() - written;
        println!(
            "{name}: {} points of {numbers} numbers: opened {opened:.1?}, all {written:.1?}, one variable read {read:.1?}",
            progress.done
        );
    }
    Ok(())
}
