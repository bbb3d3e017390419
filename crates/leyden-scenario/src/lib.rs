//! leyden-scenario
