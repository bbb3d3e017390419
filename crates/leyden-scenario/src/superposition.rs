//! `{ superposition = [c0, c1, ...] }`: the coefficients of the lowest levels, real or `[re, im]`, with a norm of 1.

use leyden::Complex64;
use leyden::space::{InitialState, StateError};
use toml::de::DeValue;

use crate::keys::Key;
use crate::read::{Reader, Value};
use crate::values::article;

impl Reader<'_> {
    pub(crate) fn superposition(&mut self, key: &Key, list: &Value<'_>) -> Option<InitialState> {
        let Some(items) = list.get_ref().as_array() else {
            let found = article(list.get_ref().type_str());
            let title = format!("`superposition` of `{key}` must be a list of coefficients, but is {found}");
            return self.refuse(list.span(), title, "not a list", None);
        };
        let mut coefficients = Vec::with_capacity(items.len());
        for item in items.iter() {
            let coefficient = match item.get_ref() {
                DeValue::Array(pair) if pair.len() == 2 => {
                    Complex64::new(self.plain(key, &pair[0])?, self.plain(key, &pair[1])?)
                }
                DeValue::Integer(_) | DeValue::Float(_) => self.plain(key, item)?.into(),
                other => {
                    let found = match other {
                        DeValue::Array(list) => format!("a list of {}", list.len()),
                        other => article(other.type_str()),
                    };
                    let title =
                        format!("a coefficient of `{key}` must be a number or [re, im], but is {found}");
                    return self.refuse(item.span(), title, "not one complex number", None);
                }
            };
            coefficients.push(coefficient);
        }
        match InitialState::superposition(coefficients.clone()) {
            Err(StateError::NotNormalised { norm }) => {
                let cure = |norm: f64| format!("normalised: {}", written(&coefficients, norm));
                let title = format!("`superposition` of `{key}` must be normalised, but has norm {norm:?}");
                self.refuse(list.span(), title, "not normalised", (norm > 0.0).then(|| cure(norm)))
            }
            state => state.ok(),
        }
    }
}

/// The list of `coefficients` over `norm` as it is written in a scenario.
fn written(coefficients: &[Complex64], norm: f64) -> String {
    let one = |c: &Complex64| match c / norm {
        Complex64 { re, im: 0.0 } => format!("{re:?}"),
        Complex64 { re, im } => format!("[{re:?}, {im:?}]"),
    };
    format!("[{}]", coefficients.iter().map(one).collect::<Vec<_>>().join(", "))
}
