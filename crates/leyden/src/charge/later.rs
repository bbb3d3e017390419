use super::*;
use crate::model::*;
use crate::protocol::Protocol;
macro_rules! later { ($t:ty, $f:ident $(, $w:ident)?) => { impl $t {
  pub(crate) fn $f(&self, _: &Request $(, _: &$w)?) -> Result<Charging, ChargeError> { Err(NotApplicable{method:"later", because:"later".into()}.into()) }
  pub(crate) fn plan(&self, _: &Request) -> Result<Plan, ChargeError> { Err(NotApplicable{method:"later", because:"later".into()}.into()) }
}}}
later!(HeatEngine, operate);
later!(EngineBattery, charge);
later!(NmrStar, charge);
later!(Protocol, charge, Workspace);
