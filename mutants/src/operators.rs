//! What is done to an expression, a statement and a body.

use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprBinary, ExprCall, Ident, Lit, Stmt, UnOp};

use crate::find::Finder;
use crate::site::Switch;

/// Methods of which each is written for the other.
const PAIRS: &[(&str, &str)] = &[
    ("min", "max"),
    ("any", "all"),
    ("first", "last"),
    ("is_some", "is_none"),
    ("is_ok", "is_err"),
    ("floor", "ceil"),
    ("sin", "cos"),
    ("next", "last"),
    ("rows", "columns"),
    ("nrows", "ncols"),
    ("re", "im"),
];

/// Methods that are left out.
const LEFT_OUT: &[&str] =
    &["abs", "sqrt", "conj", "adjoint", "rev", "skip", "take", "filter", "recip", "norm"];

/// Room beforehand, and what is only said in a panic.
pub(crate) fn is_idle(method: &Ident) -> bool {
    ["reserve", "with_capacity", "expect"].iter().any(|name| method == name)
}

/// `Vec::with_capacity(..)`.
pub(crate) fn is_reservation(call: &ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "with_capacity")
}

/// Values that a body can return at once, by the type that it returns.
pub(crate) fn early(output: &str) -> Vec<&'static str> {
    match output {
        "" | "()" => vec![""],
        "bool" => vec!["true", "false"],
        "f64" => vec!["0.0", "1.0"],
        "usize" | "u64" | "u32" | "u16" | "u8" | "i64" | "i32" => vec!["0", "1"],
        "String" => vec!["String::new()"],
        _ if output.starts_with("Option<") => vec!["None"],
        _ if output.starts_with("Vec<") => vec!["Vec::new()"],
        _ if output.starts_with("Result<(),") => vec!["Ok(())"],
        _ => vec![],
    }
}

/// A condition that always or never holds.
pub(crate) fn condition(finder: &mut Finder, condition: &Expr, once: bool) {
    if binds(condition) {
        return;
    }
    if once {
        finder.push("condition", condition, "true".into(), Switch::Value);
    }
    finder.push("condition", condition, "false".into(), Switch::Value);
}

/// Statements that only have an effect, which is left out.
pub(crate) fn statement(finder: &mut Finder, statement: &Stmt) {
    let Stmt::Expr(expression, Some(_)) = statement else { return };
    let droppable = match expression {
        Expr::MethodCall(call) => !is_idle(&call.method),
        Expr::Call(_) | Expr::Try(_) | Expr::Assign(_) => true,
        Expr::Binary(binary) => compound(&binary.op).is_some(),
        _ => false,
    };
    if droppable {
        finder.push("statement", statement, String::new(), Switch::Statement);
    }
}

/// The sites of one expression, without those of its parts.
pub(crate) fn expression(finder: &mut Finder, expression: &Expr) {
    match expression {
        Expr::If(found) => condition(finder, &found.cond, true),
        // One that always holds would never end.
        Expr::While(found) => condition(finder, &found.cond, false),
        Expr::Binary(binary) => operation(finder, binary),
        Expr::Unary(unary) => {
            let operator = match unary.op {
                UnOp::Not(_) => "not",
                UnOp::Neg(_) => "minus",
                _ => return,
            };
            let rest = finder.text_of(&unary.expr);
            finder.push(operator, unary, rest, Switch::Value);
        }
        Expr::Lit(literal) => {
            for (operator, mutated) in literals(&literal.lit) {
                finder.push(operator, literal, mutated, Switch::Value);
            }
        }
        Expr::MethodCall(call) => {
            let name = call.method.to_string();
            let receiver = finder.text_of(&call.receiver);
            let whole = finder.text_of(call);
            let start = call.span().byte_range().start;
            let method = call.method.span().byte_range();
            let (before, after) = (&whole[..method.start - start], &whole[method.end - start..]);
            let others = PAIRS.iter().filter_map(|(one, other)| match () {
                () if name == *one => Some(*other),
                () if name == *other => Some(*one),
                () => None,
            });
            for other in others {
                // `min` and `max` of iterators are other methods, which exist as well.
                finder.push("method", call, format!("{before}{other}{after}"), Switch::Value);
            }
            if LEFT_OUT.contains(&name.as_str()) {
                finder.push("method", call, receiver, Switch::Value);
            }
            if name == "is_empty" {
                finder.push("method", call, format!("!{whole}"), Switch::Value);
            }
            arguments(finder, expression, &call.args);
        }
        Expr::Call(call) => arguments(finder, expression, &call.args),
        _ => {}
    }
}

/// Two neighbouring arguments that look alike change places.
fn arguments(
    finder: &mut Finder,
    call: &Expr,
    arguments: &syn::punctuated::Punctuated<Expr, syn::Token![,]>,
) {
    let arguments: Vec<&Expr> = arguments.iter().collect();
    for pair in arguments.windows(2) {
        let plain =
            |expression: &Expr| matches!(expression, Expr::Path(path) if path.path.get_ident().is_some());
        let (one, other) = (finder.text_of(pair[0]), finder.text_of(pair[1]));
        if plain(pair[0]) && plain(pair[1]) && one != other && one.len().abs_diff(other.len()) <= 1 {
            let (whole, start) = (finder.text_of(call), call.span().byte_range().start);
            let (first, second) = (pair[0].span().byte_range(), pair[1].span().byte_range());
            let mutated = [
                &whole[..first.start - start],
                &other,
                &whole[first.end - start..second.start - start],
                &one,
                &whole[second.end - start..],
            ];
            finder.push("arguments", call, mutated.concat(), Switch::Value);
        }
    }
}

fn operation(finder: &mut Finder, binary: &ExprBinary) {
    use BinOp::{Add, And, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Sub};
    let (operator, others): (_, &[&str]) = match &binary.op {
        Lt(_) => ("comparison", &["<=", ">="]),
        Le(_) => ("comparison", &["<", ">"]),
        Gt(_) => ("comparison", &[">=", "<="]),
        Ge(_) => ("comparison", &[">", "<"]),
        Eq(_) => ("comparison", &["!="]),
        Ne(_) => ("comparison", &["=="]),
        Add(_) => ("arithmetic", &["-"]),
        Sub(_) => ("arithmetic", &["+"]),
        Mul(_) => ("arithmetic", &["/"]),
        Div(_) => ("arithmetic", &["*"]),
        And(_) => ("logic", &["||"]),
        Or(_) => ("logic", &["&&"]),
        other => match compound(other) {
            Some(other) => {
                let (left, right) = (finder.text_of(&binary.left), finder.text_of(&binary.right));
                return finder.push("arithmetic", binary, format!("{left} {other} {right}"), Switch::Value);
            }
            None => return,
        },
    };
    if binds(&binary.left) || binds(&binary.right) {
        return;
    }
    let (left, right) = (operand(finder, &binary.left), operand(finder, &binary.right));
    for other in others {
        finder.push(operator, binary, format!("{left} {other} {right}"), Switch::Value);
    }
    if operator == "logic" {
        for side in [&binary.left, &binary.right] {
            let side = finder.text_of(side);
            finder.push("logic", binary, side, Switch::Value);
        }
    }
}

/// The text of an operand, in parentheses where another operator could tear it apart.
fn operand(finder: &Finder, expression: &Expr) -> String {
    let text = finder.text_of(expression);
    match expression {
        Expr::Path(_) | Expr::Lit(_) | Expr::Field(_) | Expr::Index(_) | Expr::Paren(_) => text,
        Expr::MethodCall(_) | Expr::Call(_) => text,
        _ => format!("({text})"),
    }
}

/// The opposite of an operator that assigns.
fn compound(operator: &BinOp) -> Option<&'static str> {
    match operator {
        BinOp::AddAssign(_) => Some("-="),
        BinOp::SubAssign(_) => Some("+="),
        BinOp::MulAssign(_) => Some("/="),
        BinOp::DivAssign(_) => Some("*="),
        _ => None,
    }
}

/// Whether a condition makes names.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => binds(&binary.left) || binds(&binary.right),
        _ => false,
    }
}

fn literals(literal: &Lit) -> Vec<(&'static str, String)> {
    match literal {
        Lit::Bool(found) => vec![("bool", (!found.value).to_string())],
        Lit::Int(found) => match found.base10_parse::<u64>() {
            Ok(value) if value < 1 << 31 => {
                vec![("integer", format!("{}{}", value + 1, found.suffix()))]
            }
            _ => vec![],
        },
        Lit::Float(found) => match found.base10_parse::<f64>() {
            Ok(0.0) => vec![("float", format!("1.0{}", found.suffix()))],
            Ok(value) if value.is_finite() => {
                ["1.001", "2.0"].iter().map(|by| ("float", format!("{found} * {by}"))).collect()
            }
            _ => vec![],
        },
        _ => vec![],
    }
}
