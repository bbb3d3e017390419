//! The Python package as its users get it: a wheel in an environment of its own, under target/python, and its tests there.

use super::environment::{environment, remove};

/// Steps from nothing to tests that passed; what is installed already costs seconds.
pub(crate) fn steps() -> Vec<String> {
    // A wheel of an older version would be as good to pip.
    remove("target/wheels");
    let (bin, install, make) = environment("target/python");
    let rest = [
        format!("{install} --requirement python/tests/requirements.txt"),
        format!("{bin}/maturin build --release --locked --quiet --out target/wheels"),
        format!("{install} --no-index --no-deps --force-reinstall --find-links target/wheels leyden"),
        format!("{bin}/mypy python/leyden"),
        format!("{bin}/pytest --quiet python/tests"),
        format!("{bin}/pytest --quiet --doctest-modules --pyargs leyden"),
    ];
    make.into_iter().chain(rest).collect()
}
