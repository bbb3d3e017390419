//! The switch of all mutants of one build: `LEYDEN_MUTANT` is the number of the one that runs. With `LEYDEN_MUTANT_REACHED`
//! instead, a folder, an empty file of that name is left there for every mutant that is passed.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const UNKNOWN: u32 = u32::MAX;
const RECORDING: u32 = u32::MAX - 1;

/// Numbers of mutants are neither 0 nor one of the two above.
static ACTIVE: AtomicU32 = AtomicU32::new(UNKNOWN);

/// Numbers that are recorded, at the first free place from their remainder on.
static RECORDED: [AtomicU32; 1 << 14] = [const { AtomicU32::new(0) }; 1 << 14];

/// Whether mutant `number` runs.
#[inline(always)]
pub fn on(number: u32) -> bool {
    let active = ACTIVE.load(Relaxed);
    active == number || (active >= RECORDING && slow(active, number))
}

#[cold]
#[inline(never)]
fn slow(mut active: u32, number: u32) -> bool {
    if active == UNKNOWN {
        let chosen = std::env::var("LEYDEN_MUTANT").ok().and_then(|text| text.parse().ok());
        let recording = std::env::var_os("LEYDEN_MUTANT_REACHED").is_some();
        active = chosen.unwrap_or(if recording { RECORDING } else { 0 });
        ACTIVE.store(active, Relaxed);
    }
    if active == RECORDING {
        record(number);
    }
    active == number
}

fn record(number: u32) {
    let mut place = number as usize % RECORDED.len();
    loop {
        match RECORDED[place].compare_exchange(0, number, Relaxed, Relaxed) {
            Ok(_) => break,
            Err(there) if there == number => return,
            Err(_) => place = (place + 1) % RECORDED.len(),
        }
    }
    if let Some(folder) = std::env::var_os("LEYDEN_MUTANT_REACHED") {
        let _ = std::fs::write(std::path::Path::new(&folder).join(number.to_string()), "");
    }
}
