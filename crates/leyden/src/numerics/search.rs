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

/// Place and value of the maximum of a function between `a` and `b`, from a guess inside: Brent's steps, to 1e-8 of the bracket.
pub(crate) fn peak((mut a, mut b): (f64, f64), guess: f64, f: &mut dyn FnMut(f64) -> f64) -> (f64, f64) {
    let tolerance = 1e-8 * (b - a);
    // The best, the second best and the one before it.
    let mut x = guess.clamp(a + tolerance, b - tolerance);
    let mut at_x = f(x);
    let ((mut w, mut at_w), (mut v, mut at_v)) = ((x, at_x), (x, at_x));
    let (mut step, mut before) = (0.0_f64, 0.0_f64);
    for _ in 0..100 {
        let middle = 0.5 * (a + b);
        if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (b - a) {
            break;
        }
        // The parabola through all three.
        let (r, q) = ((x - w) * (at_x - at_v), (x - v) * (at_x - at_w));
        let (p, q) = ((x - v) * q - (x - w) * r, 2.0 * (q - r));
        let (p, q) = if q > 0.0 { (-p, q) } else { (p, -q) };
        let parabola = p.abs() < (0.5 * q * before).abs() && p > q * (a - x) && p < q * (b - x);
        before = step;
        if parabola {
            step = p / q;
            let at_edge = x + step - a < 2.0 * tolerance || b - x - step < 2.0 * tolerance;
            step = if at_edge { tolerance.copysign(middle - x) } else { step };
        } else {
            before = if x >= middle { a - x } else { b - x };
            step = (1.0 - RATIO) * before;
        }
        let u = x + if step.abs() >= tolerance { step } else { tolerance.copysign(step) };
        let at_u = f(u);
        if at_u >= at_x {
            (a, b) = if u >= x { (x, b) } else { (a, x) };
            ((v, at_v), (w, at_w), (x, at_x)) = ((w, at_w), (x, at_x), (u, at_u));
        } else {
            (a, b) = if u < x { (u, b) } else { (a, u) };
            if at_u >= at_w || w == x {
                ((v, at_v), (w, at_w)) = ((w, at_w), (u, at_u));
            } else if at_u >= at_v || v == x || v == w {
                (v, at_v) = (u, at_u);
            }
        }
    }
    (x, at_x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_found_in_few_steps() {
        type Curve = (fn(f64) -> f64, f64, usize);
        let curves: [Curve; 4] = [
            (|x| (x - 0.3).cos(), 0.3, 12),
            (|x| -(x - 0.7).abs(), 0.7, 60),
            (|x| (2.0 * x - 1.0).min(2.0 - 3.0 * x), 0.6, 60),
            (|x| -(x - 0.2).powi(4), 0.2, 45),
        ];
        for (k, (f, top, most)) in curves.into_iter().enumerate() {
            for guess in [0.1, 0.5, 0.99] {
                let mut count = 0;
                let (x, value) = peak((0.0, 1.0), guess, &mut |x| {
                    count += 1;
                    f(x)
                });
                let near = if k == 3 { 1e-3 } else { 5e-8 };
                assert!((x - top).abs() < near && (f(top) - value).abs() < 2e-7, "{k} {guess}: {x}");
                assert!(count <= most, "{k} {guess}: {count} steps");
            }
        }
    }
}
