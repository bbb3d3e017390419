//! The table per crate and the mutants that no test has caught.

use std::collections::BTreeMap;

use crate::results::Verdict;
use crate::site::Site;

/// What is printed at the end.
pub(crate) fn report(judged: &[(Site, Verdict)]) -> String {
    let mut crates: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (site, verdict) in judged {
        for name in [site.krate(), "together"] {
            let (all, caught) = crates.entry(name).or_default();
            (*all, *caught) = (*all + 1, *caught + usize::from(verdict.caught.is_some()));
        }
    }
    let mut text = format!("{:<18}{:>8}{:>8}{:>8}\n", "crate", "mutants", "caught", "%");
    for (name, (all, caught)) in crates {
        let percent = 100.0 * caught as f64 / all as f64;
        text += &format!("{name:<18}{all:>8}{caught:>8}{percent:>8.1}\n");
    }
    for (site, Verdict { caught, reached, .. }) in judged {
        if caught.is_none() {
            let Site { file, line, function, .. } = site;
            text +=
                &format!("{file}:{line} in {function}: {} (tests that reach it: {reached})\n", site.change());
        }
    }
    text
}
