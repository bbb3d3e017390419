//! Where something changes sign, and where it is least, between two points.

/// Halves a bracket as often as asked, keeping `beyond` false at its lower end and true at its upper one.
pub(crate) fn bisect(
    mut low: f64,
    mut high: f64,
    halvings: usize,
    mut beyond: impl FnMut(f64) -> bool,
) -> (f64, f64) {
    for _ in 0..halvings {
        let middle = 0.5 * (low + high);
        if beyond(middle) { high = middle } else { low = middle }
    }
    (low, high)
}

/// A point between a < b: halfway, in the logarithm where scales differ.
pub(crate) fn between(a: f64, b: f64) -> f64 {
    if a > 0.0 && b > 4.0 * a { a.sqrt() * b.sqrt() } else { 0.5 * (a + b) }
}

/// The golden section, (sqrt(5) - 1)/2.
const RATIO: f64 = 0.618_033_988_749_894_8;

/// Place and value of the least number met by golden sections of a range.
pub(crate) fn golden_section(
    (mut a, mut b): (f64, f64),
    steps: usize,
    f: &mut dyn FnMut(f64) -> f64,
) -> (f64, f64) {
    let mut left = b - RATIO * (b - a);
    let mut right = a + RATIO * (b - a);
    let (mut at_left, mut at_right) = (f(left), f(right));
    let mut least = if at_right < at_left { (right, at_right) } else { (left, at_left) };
    for _ in 0..steps {
        if b - a < 1e-16 {
            break;
        }
        if at_left <= at_right {
            (b, right, at_right) = (right, left, at_left);
            left = b - RATIO * (b - a);
            at_left = f(left);
            least = if at_left < least.1 { (left, at_left) } else { least };
        } else {
            (a, left, at_left) = (left, right, at_right);
            right = a + RATIO * (b - a);
            at_right = f(right);
            least = if at_right < least.1 { (right, at_right) } else { least };
        }
    }
    least
}
