//! How the kets of a closed system are evolved, why, and what that costs.

use super::super::estimate::SHOWN_SECONDS;
use super::super::{Error, Lower, Plan, Request, guard_memory};
use crate::evolve::kets::{Blocks, KetMethod, applies, cheaper, nanoseconds, products, work_numbers};
use crate::evolve::{BY_NAME, Candidate, Cost, is_long};
use crate::lindblad::{FEW_LEVELS, Generator, Lindbladian};
use crate::method::Method;
use crate::model::ClosedSystem;

/// Whether the kets of a closed system of so many levels are evolved: by the methods that do, but for few levels over so long a time that it
/// takes more digits.
pub(in crate::charge) fn takes_kets(
    request: &Request,
    levels: f64,
    lindbladian: impl FnOnce() -> Option<Lindbladian>,
) -> bool {
    let long = |lindbladian: Lindbladian| is_long(&Generator::new(&lindbladian), &request.times);
    match request.method {
        Some(method) => KetMethod::METHODS.contains(&method),
        None => !(levels <= FEW_LEVELS as f64 && lindbladian().is_some_and(long)),
    }
}

/// A method for kets, before anything is decomposed, and why it is taken.
#[derive(Clone, Debug)]
pub(in crate::charge) struct KetChoice {
    pub(super) method: Method,
    pub(super) reason: String,
    /// What states should be accurate to.
    pub(super) accuracy: f64,
}

impl KetChoice {
    pub(in crate::charge) fn new(system: &ClosedSystem, blocks: &Blocks, request: &Request) -> Self {
        let method = request.method.unwrap_or_else(|| cheaper(blocks, &request.times));
        let reason = match request.method {
            Some(_) => BY_NAME.into(),
            None => described(system, blocks, method),
        };
        KetChoice { method, reason, accuracy: request.tolerance }
    }

    /// The same, whose reason says something else first.
    pub(in crate::charge) fn after(self, said: Option<&str>) -> Self {
        match said {
            Some(said) => KetChoice { reason: format!("{said}; {}", self.reason), ..self },
            None => self,
        }
    }

    /// A method independent of this one.
    pub(in crate::charge) fn other(&self, blocks: &Blocks, request: &Request) -> Self {
        let quick = blocks.sizes().max().unwrap_or(0) <= QUICKLY_DECOMPOSED;
        let method = match self.method {
            Method::Eigenvectors => Method::Chebyshev,
            Method::Chebyshev if quick => Method::Eigenvectors,
            _ => Method::Explicit,
        };
        KetChoice { method, reason: "independent of the first".into(), accuracy: 0.1 * request.tolerance }
    }

    /// What would run.
    pub(in crate::charge) fn plan(&self, system: &ClosedSystem, blocks: &Blocks, request: &Request) -> Plan {
        let seconds = 1e-9 * nanoseconds(self.method, blocks, &request.times);
        Plan {
            method: self.method,
            reason: self.reason.clone(),
            dimension: system.whole,
            memory: bytes(self.method, blocks),
            levels: system.levels(),
            seconds: (seconds > SHOWN_SECONDS).then_some(seconds),
            candidates: self.candidates(blocks, request),
        }
    }

    /// What every method for kets would take.
    fn candidates(&self, blocks: &Blocks, request: &Request) -> Vec<Candidate> {
        let cost = |method: Method| {
            applies(method, blocks).map_err(|refused| refused.because)?;
            let seconds = 1e-9 * nanoseconds(method, blocks, &request.times);
            let applications = Some(products(method, blocks, &request.times)).filter(|count| *count > 0.0);
            Ok(Cost { seconds, bytes: bytes(method, blocks), applications })
        };
        KetMethod::METHODS.map(|method| Candidate { method, cost: cost(method) }).to_vec()
    }

    /// Refuses what does not apply or does not fit.
    pub(in crate::charge) fn guard(
        &self,
        blocks: &Blocks,
        request: &Request,
        lower: Lower,
        longest: f64,
    ) -> Result<(), Error> {
        applies(self.method, blocks)?;
        guard_memory(request, blocks.dim as f64, bytes(self.method, blocks), lower)?;
        let hours = 1e-9 * nanoseconds(self.method, blocks, &request.times) / 3600.0;
        match hours < longest {
            true => Ok(()),
            false => {
                let applications = products(self.method, blocks, &request.times);
                Err(Error::TooLong { applications, levels: blocks.dim, hours, lower: Lower::LastTime })
            }
        }
    }
}

/// Bytes of kets and of what the method works on.
fn bytes(method: Method, blocks: &Blocks) -> f64 {
    16.0 * (blocks.dim * blocks.kets) as f64 * 2.0
        + 8.0 * (3.0 * blocks.numbers() as f64 + work_numbers(method, blocks))
}

fn described(system: &ClosedSystem, blocks: &Blocks, method: Method) -> String {
    let kets = match blocks.kets {
        1 => "a pure state stays one".to_string(),
        count => format!("{count} state vectors"),
    };
    let how = match method {
        Method::Eigenvectors => "their eigenvectors",
        Method::Chebyshev => "Chebyshev series",
        _ => "the Hamiltonian depends on time",
    };
    let exact = match system.leak.is_exact() {
        true => "; nothing is cut off",
        false => "",
    };
    let folded = if system.folded { ", equal ones as one" } else { "" };
    format!(
        "no channel is open: {kets}, on {} that H connects{folded}; {how}{exact}",
        blocks.described(system.whole)
    )
}

/// Levels of a block that are decomposed beside a first method.
const QUICKLY_DECOMPOSED: usize = 1200;
