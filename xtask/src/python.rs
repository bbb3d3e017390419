//! The Python package as its users get it: a wheel in an environment of its own, under target/python, and its tests there.

use std::path::Path;

/// Steps from nothing to tests that passed; what is installed already costs seconds.
pub(crate) fn steps() -> Vec<String> {
    // A wheel of an older version would be as good to pip.
    if let Err(error) = std::fs::remove_dir_all("target/wheels")
        && error.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("xtask: target/wheels cannot be removed: {error}");
    }
    let bin = if cfg!(windows) { "target/python/Scripts" } else { "target/python/bin" };
    let base = if cfg!(windows) { "python" } else { "python3" };
    let install = format!("{bin}/python -m pip install --quiet --disable-pip-version-check");
    let make = (!Path::new(bin).is_dir()).then(|| format!("{base} -m venv target/python"));
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
