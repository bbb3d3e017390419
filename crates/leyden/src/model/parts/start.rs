//! The state of a part at t = 0, member by member or of a group.

use num_complex::Complex64;

use super::assembled::MOST_KETS;
use super::layout::Grouping;
use super::{Part, PartKind, PartsError};
use crate::model::closed::products;
use crate::operator::Hermitian;
use crate::space::{BatterySpace, Held, InitialState, Occupations, StateError, SymmetricFock};

/// Kets of a part, weights in their norms; `None` where they are many. `levels` are those of a member, or of the group.
pub(super) fn part_kets(
    part: &Part,
    grouping: Grouping,
    levels: usize,
) -> Result<Option<Vec<Vec<Complex64>>>, PartsError> {
    if grouping == Grouping::Sectors {
        let state = in_sectors(part)?;
        return Ok(Some(state.kets()));
    }
    if let Some(fock) = symmetric_fock(part)? {
        return Ok(Some(vec![match grouping {
            Grouping::Symmetric => fock.of_group(),
            _ => fock.of_members(),
        }]));
    }
    let cell_levels = part.kind.levels().unwrap_or(levels);
    let cell = member_kets(part, cell_levels)?;
    match grouping {
        Grouping::Symmetric => {
            // A mixed cell is not carried like this.
            let [psi] = &cell[..] else { return Ok(None) };
            Ok(Some(vec![Occupations::new(part.count, cell_levels).product_of(psi)]))
        }
        _ => {
            let mut kets = vec![vec![Complex64::ONE]];
            for _ in 0..part.count {
                if kets.len() * cell.len() > MOST_KETS {
                    return Ok(None);
                }
                kets = products(&kets, &cell);
            }
            Ok(Some(kets))
        }
    }
}

/// The state of a part.
pub(super) fn part_state(part: &Part, grouping: Grouping, levels: usize) -> Result<Hermitian, PartsError> {
    if grouping == Grouping::Sectors {
        return in_sectors(part);
    }
    if let Some(kets) = part_kets(part, grouping, levels)? {
        let dim = kets.first().map_or(0, Vec::len);
        let mut rho = Hermitian::zero(dim);
        kets.iter().for_each(|psi| crate::operator::add_projector(rho.s_mut(), 1.0, psi));
        return Ok(rho);
    }
    let cell = member(part, levels)?;
    Ok((0..part.count).fold(Hermitian::diagonal(&[1.0]), |rho, _| rho.kron(&cell)))
}

/// The state of one member.
fn member(part: &Part, levels: usize) -> Result<Hermitian, PartsError> {
    let state = match part.kind {
        PartKind::Oscillator(_) => part.initial.on_oscillator(levels),
        _ => part.initial.on_levels(levels),
    };
    state.map_err(|error| PartsError::State { part: part.name.clone(), error })
}

/// The same as kets: of an oscillator in a pure state without its matrix.
fn member_kets(part: &Part, levels: usize) -> Result<Vec<Vec<Complex64>>, PartsError> {
    if let PartKind::Oscillator(_) = part.kind
        && let Ok(Held::Ket(psi)) = part.initial.held_by_oscillator(levels)
    {
        return Ok(vec![psi]);
    }
    Ok(member(part, levels)?.kets())
}

/// Of qubits on all total spins.
fn in_sectors(part: &Part) -> Result<Hermitian, PartsError> {
    let refuse = |error| PartsError::State { part: part.name.clone(), error };
    let space = BatterySpace::spin_sectors(part.count, 1.0);
    // Superpositions of single cells are a product, not one of the ladder.
    if let InitialState::Superposition(_) = part.initial {
        let cell = member(part, 2)?.kets();
        let mut psi = Occupations::new(part.count, 2).product_of(&cell[0]);
        psi.resize(space.dim(), Complex64::ZERO);
        return Ok(Hermitian::projector(&psi));
    }
    part.initial.on_battery(&space).map_err(refuse)
}

/// The symmetric state of n excitations of several members.
fn symmetric_fock(part: &Part) -> Result<Option<SymmetricFock>, PartsError> {
    let (InitialState::Fock(excitations), 2..) = (&part.initial, part.count) else { return Ok(None) };
    let Some(levels) = part.kind.levels() else {
        // Several oscillators share n excitations in no one way.
        let error = StateError::SeveralOscillators { excitations: *excitations };
        return Err(PartsError::State { part: part.name.clone(), error });
    };
    let top = part.count * (levels - 1);
    if *excitations > top {
        let error = StateError::TooManyExcitations { excitations: *excitations, top };
        return Err(PartsError::State { part: part.name.clone(), error });
    }
    Ok(Some(SymmetricFock { count: part.count, levels, excitations: *excitations }))
}
