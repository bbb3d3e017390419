//! What a system of parts must be.

use super::canonical::Basis;
use super::{Monomial, Parts, PartsError, Term, Terms};

impl Parts {
    /// Whether a run up to the time `end` makes sense.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn validate(&self, end: f64) -> Result<(), PartsError> {
        if self.battery.sites().is_empty() {
            return Err(PartsError::NoBattery);
        }
        let operators = self.channels.iter().map(|channel| &channel.operator);
        let mut all = [&self.battery, &self.charging].into_iter().chain(operators);
        all.try_for_each(|terms| self.check_letters(terms))?;
        let moves = |terms: &Terms| terms.list().iter().any(|term| term.coefficient.constant().is_none());
        if moves(&self.battery) {
            return Err(PartsError::BatteryMoves);
        }
        for (index, channel) in self.channels.iter().enumerate() {
            if moves(&channel.operator) {
                return Err(PartsError::ChannelMoves { channel: index + 1 });
            }
            if !(channel.rate >= 0.0 && channel.rate.is_finite()) {
                return Err(PartsError::Rate { channel: index + 1, rate: channel.rate });
            }
            if let Some(memory) = channel.memory.filter(|_| channel.rate > 0.0) {
                let which = index + 1;
                memory.validate(channel.rate).map_err(|error| PartsError::Field { channel: which, error })?;
                if self.not_hermitian(&channel.operator, end).is_none_or(|found| found.is_some()) {
                    return Err(PartsError::FieldNotHermitian { channel: which });
                }
            }
        }
        self.check_hermitian(&self.battery, "Hamiltonian of the battery", end)?;
        self.check_hermitian(&self.charging, "charging Hamiltonian", end)
    }

    fn check_letters(&self, terms: &Terms) -> Result<(), PartsError> {
        let sites = self.sites();
        for (site, letters) in terms.list().iter().flat_map(|term: &Term| &term.factors) {
            if *site >= sites {
                return Err(PartsError::Site { site: *site, sites });
            }
            let kind = self.kind(*site);
            if let Some(letter) = letters.iter().find(|letter| !kind.has(**letter)) {
                return Err(PartsError::Letter {
                    letter: *letter,
                    site: self.site_name(*site),
                    kind: kind.name(),
                });
            }
        }
        Ok(())
    }

    fn check_hermitian(&self, terms: &Terms, which: &'static str, end: f64) -> Result<(), PartsError> {
        match self.not_hermitian(terms, end).ok_or(PartsError::too_many(which))? {
            None => Ok(()),
            Some(found) => Err(PartsError::NotHermitian {
                which,
                term: self.monomial_name(&found.monomial),
                error: found.error,
            }),
        }
    }

    /// As in "X(cells[1])*Z(charger)".
    fn monomial_name(&self, monomial: &Monomial) -> String {
        let one = |(site, basis): &(usize, Basis)| {
            let name = self.site_name(*site);
            match basis {
                Basis::X => format!("X({name})"),
                Basis::Y => format!("Y({name})"),
                Basis::Z => format!("Z({name})"),
                Basis::Unit(k, l) => format!("T({name}, {k}, {l})"),
                Basis::Normal(p, q) => {
                    let power = |letter: &str, n: usize| match n {
                        0 => None,
                        1 => Some(format!("{letter}({name})")),
                        n => Some(format!("{letter}({name})^{n}")),
                    };
                    let both = [power("ad", *p), power("a", *q)];
                    both.into_iter().flatten().collect::<Vec<_>>().join("*")
                }
            }
        };
        match monomial.is_empty() {
            true => "1".into(),
            false => monomial.iter().map(one).collect::<Vec<_>>().join("*"),
        }
    }

    /// Whether H is the same at all times.
    pub fn is_constant(&self) -> bool {
        self.charging.list().iter().all(|term| term.coefficient.constant().is_some())
    }

    /// Whether no channel acts.
    pub(crate) fn is_closed(&self) -> bool {
        self.channels.iter().all(|channel| channel.rate == 0.0 || channel.operator.is_empty())
    }
}
