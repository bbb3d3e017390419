//! Functions of time as trees: sums, products, powers and elementary functions of t, real or complex.

use std::ops::{Add, Mul, Neg, Sub};
use std::sync::Arc;

use num_complex::Complex64;

/// A function of time, real or complex.
///
/// ```
/// use leyden::lindblad::{Elementary, TimeFunction};
///
/// // A gaussian of width 0.5 around t = 3, times cos(20 t).
/// let t = TimeFunction::Time;
/// let pulse = ((t.clone() - 3.0) * 2.0).then(Elementary::Gaussian) * (t * 20.0).then(Elementary::Cos);
/// assert!((pulse.at(3.0).re - 60.0_f64.cos()).abs() < 1e-15);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum TimeFunction {
    /// A constant.
    Number(Complex64),
    /// t.
    Time,
    /// What is made of other functions.
    Of(Arc<Node>),
}

/// What is made of other functions.
#[derive(Debug, PartialEq)]
pub enum Node {
    /// Their sum.
    Sum(Vec<TimeFunction>),
    /// Their product.
    Product(Vec<TimeFunction>),
    /// Base and exponent.
    Power(TimeFunction, TimeFunction),
    /// An elementary function of one.
    Elementary(Elementary, TimeFunction),
    /// Linear between samples (x, y) of increasing x, 0 outside.
    Samples(Samples, TimeFunction),
    /// The complex conjugate.
    Conjugate(TimeFunction),
}

/// Elementary functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elementary {
    /// The square root.
    Sqrt,
    /// e^x.
    Exp,
    /// sin x.
    Sin,
    /// cos x.
    Cos,
    /// |x|.
    Abs,
    /// e^{-x^2/2}.
    Gaussian,
    /// 1/cosh x.
    Sech,
    /// 0 below 0, else 1.
    Step,
    /// 0 below 0, 1 above 1, x between.
    Ramp,
    /// The real part.
    Real,
    /// The imaginary part.
    Imaginary,
}

/// Samples of a function, linear between them and 0 outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    points: Arc<[(f64, f64)]>,
}

impl Samples {
    /// (x, y) of increasing x; `None` where they are not, or fewer than two.
    pub fn new(points: &[(f64, f64)]) -> Option<Self> {
        let sound = points.iter().all(|(x, y)| x.is_finite() && y.is_finite());
        let increasing = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        (sound && increasing && points.len() >= 2).then(|| Samples { points: points.into() })
    }

    /// The samples.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// Its value.
    pub fn at(&self, x: f64) -> f64 {
        let points = &self.points;
        let next = points.partition_point(|point| point.0 <= x);
        match (next.checked_sub(1).map(|k| points[k]), points.get(next)) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
            // The last sample itself.
            (Some((x0, y0)), None) if x == x0 => y0,
            _ => 0.0,
        }
    }
}

impl Elementary {
    /// Its value: of a complex number where that makes sense, else of its real part.
    pub fn at(self, x: Complex64) -> Complex64 {
        if x.im == 0.0 {
            return self.at_real(x.re).into();
        }
        match self {
            Elementary::Sqrt => x.sqrt(),
            Elementary::Exp => x.exp(),
            Elementary::Sin => x.sin(),
            Elementary::Cos => x.cos(),
            Elementary::Abs => x.norm().into(),
            Elementary::Gaussian => (-0.5 * x * x).exp(),
            Elementary::Sech => x.cosh().inv(),
            Elementary::Imaginary => x.im.into(),
            Elementary::Step | Elementary::Ramp | Elementary::Real => self.at_real(x.re).into(),
        }
    }

    /// Its value; NaN for the root of a negative number.
    pub fn at_real(self, x: f64) -> f64 {
        match self {
            Elementary::Sqrt => x.sqrt(),
            Elementary::Exp => x.exp(),
            Elementary::Sin => x.sin(),
            Elementary::Cos => x.cos(),
            Elementary::Abs => x.abs(),
            Elementary::Gaussian => (-0.5 * x * x).exp(),
            Elementary::Sech => 1.0 / x.cosh(),
            Elementary::Step => f64::from(u8::from(x >= 0.0)),
            Elementary::Ramp => x.clamp(0.0, 1.0),
            Elementary::Real => x,
            Elementary::Imaginary => 0.0,
        }
    }
}

impl TimeFunction {
    /// The number 0.
    pub const ZERO: TimeFunction = TimeFunction::Number(Complex64::ZERO);
    /// The number 1.
    pub const ONE: TimeFunction = TimeFunction::Number(Complex64::ONE);

    /// Its value at a time.
    pub fn at(&self, time: f64) -> Complex64 {
        let node = match self {
            TimeFunction::Number(x) => return *x,
            TimeFunction::Time => return time.into(),
            TimeFunction::Of(node) => node,
        };
        match &**node {
            Node::Sum(terms) => terms.iter().map(|term| term.at(time)).sum(),
            // What a pulse turns off is off, however large the rest is.
            Node::Product(factors) => {
                let mut product = Complex64::ONE;
                for factor in factors {
                    let factor = factor.at(time);
                    if factor == Complex64::ZERO {
                        return Complex64::ZERO;
                    }
                    product *= factor;
                }
                product
            }
            Node::Power(base, exponent) => power(base.at(time), exponent.at(time)),
            Node::Elementary(function, x) => function.at(x.at(time)),
            Node::Samples(samples, x) => samples.at(x.at(time).re).into(),
            Node::Conjugate(x) => x.at(time).conj(),
        }
    }

    /// An elementary function of it.
    pub fn then(self, function: Elementary) -> Self {
        match (function, self) {
            (function, TimeFunction::Number(x)) => TimeFunction::Number(function.at(x)),
            (Elementary::Real, x) if x.is_real() => x,
            (Elementary::Imaginary, x) if x.is_real() => TimeFunction::ZERO,
            (function, x) => TimeFunction::of(Node::Elementary(function, x)),
        }
    }

    /// e^{-x^2/2 width^2}.
    pub fn gaussian(self, width: impl Into<TimeFunction>) -> Self {
        (self * width.into().inverse()).then(Elementary::Gaussian)
    }

    /// Samples of it.
    pub fn sampled(self, samples: Samples) -> Self {
        match self {
            TimeFunction::Number(x) => samples.at(x.re).into(),
            x => TimeFunction::of(Node::Samples(samples, x)),
        }
    }

    /// 1/f.
    pub fn inverse(self) -> Self {
        self.to_the((-1.0).into())
    }

    /// f^g.
    pub fn to_the(self, exponent: TimeFunction) -> Self {
        match (self, exponent) {
            (TimeFunction::Number(base), TimeFunction::Number(exponent)) => {
                TimeFunction::Number(power(base, exponent))
            }
            (base, TimeFunction::Number(exponent)) if exponent == Complex64::ONE => base,
            (base, exponent) => TimeFunction::of(Node::Power(base, exponent)),
        }
    }

    /// The complex conjugate.
    pub fn conjugate(self) -> Self {
        match self {
            TimeFunction::Number(x) => TimeFunction::Number(x.conj()),
            x if x.is_real() => x,
            TimeFunction::Of(node) => match &*node {
                Node::Sum(terms) => sum(terms.iter().map(|term| term.clone().conjugate())),
                Node::Product(factors) => product(factors.iter().map(|factor| factor.clone().conjugate())),
                Node::Conjugate(x) => x.clone(),
                _ => TimeFunction::of(Node::Conjugate(TimeFunction::Of(node))),
            },
            TimeFunction::Time => TimeFunction::Time,
        }
    }

    /// Whether it is real at all times, as far as its form tells. Roots and powers of real functions count as real.
    pub fn is_real(&self) -> bool {
        match self {
            TimeFunction::Number(x) => x.im == 0.0,
            TimeFunction::Time => true,
            TimeFunction::Of(node) => match &**node {
                Node::Sum(parts) | Node::Product(parts) => parts.iter().all(TimeFunction::is_real),
                Node::Power(base, exponent) => base.is_real() && exponent.is_real(),
                Node::Elementary(Elementary::Abs | Elementary::Real | Elementary::Imaginary, _) => true,
                Node::Elementary(Elementary::Step | Elementary::Ramp, _) | Node::Samples(..) => true,
                Node::Elementary(_, x) | Node::Conjugate(x) => x.is_real(),
            },
        }
    }

    /// The number that it is at all times.
    pub fn constant(&self) -> Option<Complex64> {
        match self {
            TimeFunction::Number(x) => Some(*x),
            _ => None,
        }
    }

    /// Real and imaginary part, each a real function.
    pub fn parts(&self) -> (TimeFunction, TimeFunction) {
        if self.is_real() {
            return (self.clone(), TimeFunction::ZERO);
        }
        match self {
            TimeFunction::Number(x) => (x.re.into(), x.im.into()),
            TimeFunction::Time => (TimeFunction::Time, TimeFunction::ZERO),
            TimeFunction::Of(node) => match &**node {
                Node::Sum(terms) => {
                    let (re, im): (Vec<_>, Vec<_>) = terms.iter().map(TimeFunction::parts).unzip();
                    (sum(re), sum(im))
                }
                Node::Product(factors) => factors.iter().map(TimeFunction::parts).fold(
                    (TimeFunction::ONE, TimeFunction::ZERO),
                    |(a, b), (c, d)| {
                        let re = a.clone() * c.clone() - b.clone() * d.clone();
                        (re, a * d + b * c)
                    },
                ),
                // e^{a + ib} = e^a (cos b + i sin b).
                Node::Elementary(Elementary::Exp, x) => {
                    let (a, b) = x.parts();
                    let size = a.then(Elementary::Exp);
                    (size.clone() * b.clone().then(Elementary::Cos), size * b.then(Elementary::Sin))
                }
                Node::Conjugate(x) => {
                    let (re, im) = x.parts();
                    (re, -im)
                }
                _ => (self.clone().then(Elementary::Real), self.clone().then(Elementary::Imaginary)),
            },
        }
    }

    /// c and g of f = c g, where c is the constant factor; g is 1 for a constant.
    pub fn factored(&self) -> (Complex64, TimeFunction) {
        match self {
            TimeFunction::Number(x) => (*x, TimeFunction::ONE),
            TimeFunction::Of(node) => match &**node {
                Node::Product(factors) => match factors.first() {
                    Some(TimeFunction::Number(x)) => (*x, product(factors[1..].iter().cloned())),
                    _ => (Complex64::ONE, self.clone()),
                },
                _ => (Complex64::ONE, self.clone()),
            },
            TimeFunction::Time => (Complex64::ONE, TimeFunction::Time),
        }
    }

    /// (a, b) of f = a t + b, where it is that.
    pub fn affine(&self) -> Option<(Complex64, Complex64)> {
        match self {
            TimeFunction::Number(x) => Some((Complex64::ZERO, *x)),
            TimeFunction::Time => Some((Complex64::ONE, Complex64::ZERO)),
            TimeFunction::Of(node) => match &**node {
                Node::Sum(terms) => {
                    terms.iter().try_fold((Complex64::ZERO, Complex64::ZERO), |(a, b), term| {
                        let (c, d) = term.affine()?;
                        Some((a + c, b + d))
                    })
                }
                Node::Product(factors) => {
                    factors.iter().try_fold((Complex64::ZERO, Complex64::ONE), |(a, b), factor| {
                        let (c, d) = factor.affine()?;
                        // (a t + b)(c t + d) without t^2.
                        (a * c == Complex64::ZERO).then(|| (a * d + b * c, b * d))
                    })
                }
                _ => None,
            },
        }
    }

    /// Collects the frequencies of the waves that it is made of; `false` where it depends on time in another way.
    pub fn frequencies(&self, found: &mut Vec<f64>) -> bool {
        let node = match self {
            TimeFunction::Number(_) => return true,
            TimeFunction::Time => return false,
            TimeFunction::Of(node) => node,
        };
        match &**node {
            Node::Sum(list) | Node::Product(list) => list.iter().all(|f| f.frequencies(found)),
            Node::Power(base, exponent) => base.frequencies(found) && exponent.frequencies(found),
            Node::Elementary(function, x) => match (function, x.affine()) {
                (Elementary::Sin | Elementary::Cos, Some((slope, _))) if slope.im == 0.0 => {
                    found.push(slope.re.abs());
                    true
                }
                (Elementary::Exp, Some((slope, _))) if slope.re == 0.0 => {
                    found.push(slope.im.abs());
                    true
                }
                _ => x.frequencies(found),
            },
            Node::Samples(_, x) | Node::Conjugate(x) => x.frequencies(found),
        }
    }

    fn of(node: Node) -> Self {
        TimeFunction::Of(Arc::new(node))
    }
}

/// The frequency of which all others are multiples, where there is one.
pub fn common_frequency(frequencies: &[f64]) -> Option<f64> {
    /// Largest multiple.
    const MOST: f64 = 1000.0;
    /// What is rounding of a ratio.
    const ROUNDING: f64 = 1e-12;
    let mut common: Option<f64> = None;
    for &frequency in frequencies.iter().filter(|frequency| **frequency > 0.0) {
        let (mut a, mut b) = (common.unwrap_or(frequency), frequency);
        let largest = a.max(b);
        // Euclid, until nothing but rounding is left.
        while b > ROUNDING * MOST * largest {
            let rest = a - b * (a / b).round();
            (a, b) = (b, rest.abs());
        }
        common = Some(a);
    }
    let common = common?;
    // The exact one, from the smallest of those that were given.
    let least = frequencies.iter().copied().filter(|f| *f > 0.0).fold(f64::INFINITY, f64::min);
    let exact = least / (least / common).round();
    let multiple = |f: &f64| (f / exact - (f / exact).round()).abs() <= ROUNDING * MOST && f / exact <= MOST;
    frequencies.iter().all(multiple).then_some(exact)
}

/// Whole exponents by multiplication, others by logarithms; real numbers stay real.
fn power(base: Complex64, exponent: Complex64) -> Complex64 {
    if exponent.im == 0.0 {
        if exponent.re.fract() == 0.0 && exponent.re.abs() <= 1e6 {
            return match base.im == 0.0 {
                true => base.re.powi(exponent.re as i32).into(),
                false => base.powi(exponent.re as i32),
            };
        }
        if base.im == 0.0 {
            return base.re.powf(exponent.re).into();
        }
    }
    base.powc(exponent)
}

/// The sum, constants gathered at its end.
pub fn sum(terms: impl IntoIterator<Item = TimeFunction>) -> TimeFunction {
    let (mut constant, mut list) = (Complex64::ZERO, Vec::new());
    for term in terms {
        match term {
            TimeFunction::Number(x) => constant += x,
            TimeFunction::Of(node) if matches!(&*node, Node::Sum(_)) => {
                let Node::Sum(inner) = &*node else { continue };
                for term in inner {
                    match term {
                        TimeFunction::Number(x) => constant += x,
                        term => list.push(term.clone()),
                    }
                }
            }
            term => list.push(term),
        }
    }
    if constant != Complex64::ZERO || list.is_empty() {
        list.push(TimeFunction::Number(constant));
    }
    match list.len() {
        1 => list.remove(0),
        _ => TimeFunction::of(Node::Sum(list)),
    }
}

/// The product, its constant first.
pub fn product(factors: impl IntoIterator<Item = TimeFunction>) -> TimeFunction {
    let (mut constant, mut list) = (Complex64::ONE, Vec::new());
    for factor in factors {
        match factor {
            TimeFunction::Number(x) => constant *= x,
            TimeFunction::Of(node) if matches!(&*node, Node::Product(_)) => {
                let Node::Product(inner) = &*node else { continue };
                for factor in inner {
                    match factor {
                        TimeFunction::Number(x) => constant *= x,
                        factor => list.push(factor.clone()),
                    }
                }
            }
            factor => list.push(factor),
        }
    }
    if constant == Complex64::ZERO || list.is_empty() {
        return TimeFunction::Number(constant);
    }
    if constant != Complex64::ONE {
        list.insert(0, TimeFunction::Number(constant));
    }
    match list.len() {
        1 => list.remove(0),
        _ => TimeFunction::of(Node::Product(list)),
    }
}

impl From<f64> for TimeFunction {
    fn from(x: f64) -> Self {
        TimeFunction::Number(x.into())
    }
}

impl From<Complex64> for TimeFunction {
    fn from(x: Complex64) -> Self {
        TimeFunction::Number(x)
    }
}

impl<T: Into<TimeFunction>> Add<T> for TimeFunction {
    type Output = TimeFunction;
    fn add(self, other: T) -> TimeFunction {
        sum([self, other.into()])
    }
}

impl<T: Into<TimeFunction>> Sub<T> for TimeFunction {
    type Output = TimeFunction;
    fn sub(self, other: T) -> TimeFunction {
        sum([self, -other.into()])
    }
}

impl<T: Into<TimeFunction>> Mul<T> for TimeFunction {
    type Output = TimeFunction;
    fn mul(self, other: T) -> TimeFunction {
        product([self, other.into()])
    }
}

impl Neg for TimeFunction {
    type Output = TimeFunction;
    fn neg(self) -> TimeFunction {
        product([TimeFunction::Number(-Complex64::ONE), self])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t() -> TimeFunction {
        TimeFunction::Time
    }

    #[test]
    fn parts_and_conjugates_are_those_of_the_values() {
        let i = TimeFunction::Number(Complex64::I);
        let functions = [
            (i.clone() * t() * 2.0).then(Elementary::Exp),
            (i.clone() * t() * 2.0 + t() * 0.3).then(Elementary::Exp) * (t() + i.clone()),
            (t() + i.clone()).to_the(3.0.into()),
            (t() * Complex64::new(0.3, 0.2)).then(Elementary::Sin),
            t().gaussian(0.4) * Complex64::new(1.0, -2.0) - i,
        ];
        for f in functions {
            let ((re, im), conjugate) = (f.parts(), f.clone().conjugate());
            assert!(re.is_real() && im.is_real() && !f.is_real());
            for time in [0.0, 0.7, 3.1] {
                let value = f.at(time);
                let close = |a: Complex64, b: Complex64| (a - b).norm() <= 1e-13 * value.norm();
                assert!(close(re.at(time), value.re.into()) && close(im.at(time), value.im.into()), "{f:?}");
                assert!(close(conjugate.at(time), value.conj()), "{f:?}");
            }
        }
    }

    #[test]
    fn waves_have_their_frequencies() {
        let wave =
            (t() * 3.0 + 0.2).then(Elementary::Cos) + (t() * Complex64::new(0.0, -4.5)).then(Elementary::Exp);
        let mut found = Vec::new();
        assert!(wave.frequencies(&mut found));
        assert_eq!(found, [3.0, 4.5]);
        assert_eq!(common_frequency(&found), Some(1.5));
        assert_eq!(common_frequency(&[0.3, 0.1, 0.0]), Some(0.1));
        assert_eq!(common_frequency(&[1.0, 2.0_f64.sqrt()]), None);
        let train = (t() * 2.0).then(Elementary::Sin).then(Elementary::Step);
        assert!(train.frequencies(&mut found) && !(wave * t()).frequencies(&mut found));
        assert!(!t().gaussian(1.0).frequencies(&mut found));
    }

    #[test]
    fn constants_are_folded() {
        assert_eq!((t() * 0.0).constant(), Some(Complex64::ZERO));
        assert_eq!(TimeFunction::from(4.0).then(Elementary::Sqrt), 2.0.into());
        assert_eq!((t() * 2.0 * 3.0).factored(), (6.0.into(), t()));
        assert_eq!(((t() - 3.0) * 2.0).affine(), Some((2.0.into(), (-6.0).into())));
        assert_eq!((t() * t()).affine(), None);
        assert_eq!(sum([t(), 1.0.into(), 2.0.into()]), t() + 3.0);
    }

    #[test]
    fn samples_are_linear_between_and_nothing_outside() {
        let samples = Samples::new(&[(1.0, 2.0), (2.0, 4.0), (4.0, 0.5)]).unwrap();
        for (x, y) in [(0.99, 0.0), (1.0, 2.0), (1.5, 3.0), (2.0, 4.0), (3.0, 2.25), (4.0, 0.5), (4.01, 0.0)]
        {
            assert_eq!(samples.at(x), y, "{x}");
        }
        assert!(Samples::new(&[(1.0, 2.0)]).is_none() && Samples::new(&[(1.0, 2.0), (1.0, 3.0)]).is_none());
    }
}
