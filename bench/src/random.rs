//! Random systems and times, as scenarios: what people might type, over many orders of magnitude.

use fastrand::Rng;

/// A scenario for a general method.
pub(crate) fn scenario(random: &mut Rng) -> String {
    let mut text = match random.usize(0..6) {
        0 => unequal_cells(random),
        1 => noisy_cells(random),
        2 => cavity(random),
        3 => dipole(random),
        4 => qudit(random),
        _ => chain(random),
    };
    let end = logarithmic(random, 1.0, 1000.0);
    let points = [11, 101, 401][random.usize(0..3)];
    text += &match random.usize(0..4) {
        0 => format!("[time]\nspacing = \"log\"\nstart = {}\nend = {end}\npoints = {points}\n", 1e-3 * end),
        _ => format!("[time]\nend = {end}\npoints = {points}\n"),
    };
    text
}

/// Between two numbers, evenly in the logarithm.
fn logarithmic(random: &mut Rng, from: f64, to: f64) -> f64 {
    from * (to / from).powf(random.f64())
}

/// A rate, often none.
fn rate(random: &mut Rng, largest: f64) -> f64 {
    if random.bool() { 0.0 } else { logarithmic(random, 1e-3, largest) }
}

fn list(random: &mut Rng, count: usize, from: f64, to: f64) -> String {
    let numbers: Vec<String> = (0..count).map(|_| (from + (to - from) * random.f64()).to_string()).collect();
    format!("[{}]", numbers.join(", "))
}

fn drive(random: &mut Rng) -> String {
    format!("[drive]\namplitude = {}\nfrequency = 1.0\n", logarithmic(random, 0.05, 10.0))
}

fn unequal_cells(random: &mut Rng) -> String {
    let cells = random.usize(1..6);
    let (dephasing, relaxation) = (logarithmic(random, 1e-2, 1e4), rate(random, 1.0));
    let (frequencies, strengths) = (list(random, cells, 0.8, 1.2), list(random, cells, 0.5, 1.5));
    format!(
        "[charger]\ndephasing = {dephasing}\n[battery]\ncells = {cells}\nfrequency = {frequencies}\nrelaxation = {relaxation}\n[coupling]\nstrength = {strengths}\n{}",
        drive(random)
    )
}

fn noisy_cells(random: &mut Rng) -> String {
    let cells = random.usize(1..11);
    let (dephasing, local, relaxation) =
        (rate(random, 1e3), logarithmic(random, 1e-3, 10.0), rate(random, 1.0));
    let noise = if random.bool() { "local" } else { "collective" };
    format!(
        "[charger]\ndephasing = {dephasing}\n[battery]\ncells = {cells}\nfrequency = 1.0\ndephasing = {local}\nrelaxation = {relaxation}\nnoise = \"{noise}\"\n{}",
        drive(random)
    )
}

fn cavity(random: &mut Rng) -> String {
    let (levels, cells) = (random.usize(3..20), random.usize(1..4));
    let (loss, relaxation) = (logarithmic(random, 1e-2, 1e3), rate(random, 1.0));
    let amplitude = 0.2 * loss.max(1.0);
    format!(
        "[charger]\nkind = \"oscillator\"\ncutoff = {levels}\nrelaxation = {loss}\n[battery]\ncells = {cells}\nfrequency = 1.0\nrelaxation = {relaxation}\n[drive]\namplitude = {amplitude}\nfrequency = 1.0\n"
    )
}

fn dipole(random: &mut Rng) -> String {
    let (cells, dephasing, loss) = (random.usize(1..6), rate(random, 1e3), logarithmic(random, 1e-3, 10.0));
    let strength = logarithmic(random, 0.01, 1.0);
    format!(
        "[charger]\ndephasing = {dephasing}\nrelaxation = {loss}\n[battery]\ncells = {cells}\nfrequency = 1.0\n[coupling]\nform = \"dipole\"\nstrength = {strength}\n[initial]\ncharger = \"excited\"\n"
    )
}

fn qudit(random: &mut Rng) -> String {
    let (levels, dephasing, loss) = (random.usize(3..9), rate(random, 1e3), logarithmic(random, 1e-3, 10.0));
    format!(
        "[charger]\ndephasing = {dephasing}\n[battery]\nkind = \"qudit\"\nlevels = {levels}\nfrequency = 1.0\nrelaxation = {loss}\n{}",
        drive(random)
    )
}

fn chain(random: &mut Rng) -> String {
    let (cells, coupling, field) = (random.usize(2..6), logarithmic(random, 0.1, 2.0), random.f64());
    let (loss, dephasing) = (logarithmic(random, 1e-3, 10.0), logarithmic(random, 1e-3, 1e3));
    format!(
        "[parts]\ncells = {{ kind = \"qubit\", count = {cells} }}\n[hamiltonian]\nbattery = \"sum(i in cells, Z(i)/2)\"\ncharging = \"sum(i < j in cells, {coupling}/abs(i-j)*(X(i)*X(j) + 0.7*Y(i)*Y(j))) + {field}*sum(i in cells, i*X(i))\"\n[[channel]]\noperator = \"sm(i)\"\neach = \"cells\"\nrate = {loss}\n[[channel]]\noperator = \"Z(i)\"\neach = \"cells\"\nrate = {dephasing}\n"
    )
}
