//! Everything that can be wrong with a text, at its place: «so».

mod common;

use common::{hamiltonian, scope, system, terms};
use leyden_text::{DEEPEST, LONGEST, Parameter, Role, Text, TextError, parameters};

/// The text without its marks, and what they mark.
fn marked(text: &str) -> (String, std::ops::Range<usize>) {
    let start = text.find('«').unwrap_or_else(|| panic!("no mark: {text}"));
    let end = text.find('»').unwrap() - '«'.len_utf8();
    (text.replace(['«', '»'], ""), start..end)
}

fn check(list: &[(&str, &str, &str)], read: impl Fn(&str) -> Option<TextError>) {
    for (with_marks, title, help) in list {
        let (text, place) = marked(with_marks);
        let error = read(&text).unwrap_or_else(|| panic!("accepted: {text}"));
        assert!(error.title.contains(title), "{text}: {error:?}");
        let cure = error.help.clone().unwrap_or_default();
        assert!(cure.contains(help) && help.is_empty() == cure.is_empty(), "{text}: {error:?}");
        assert_eq!(error.place, place, "{text}: {error:?}");
        assert!(!error.label.is_empty());
    }
}

const OPERAND: &str = "a number, a name, a function or `(` should stand here";

#[test]
fn of_the_form() {
    check(
        &[
            ("«»", OPERAND, ""),
            ("1 + «»", "here, but the text ends", ""),
            ("1 + «*» 2", "here, but there is `*`", ""),
            ("1 «2»", "an operator should stand here, but there is a number", "`*`"),
            (
                "2 «Z»(one)",
                "an operator should stand here, but there is `Z`",
                "products are written with `*`",
            ),
            ("5 «GHz»", "an operator", "`*`"),
            ("2 * «é»(1)", "unknown function or operator `é`", "functions"),
            ("(1 + 2«»", "`)` or an operator should stand here, but the text ends", ""),
            ("(1 + «)»", OPERAND, ""),
            ("(1 «2»)", "`)` or an operator", "`*`"),
            ("1 + 2«)»", "an operator should stand here, but there is `)`", ""),
            ("sqrt(«»", OPERAND, ""),
            ("sqrt(4«»", "`)`, `,` or an operator", ""),
            ("X(one) «=» 2", "`=` has no meaning here", "sum(i < j"),
            ("X(one)«·»2", "`·` has no meaning", "`*`"),
            ("1 «−» 2", "no meaning", "`-`"),
            ("«~»1", "no meaning", ""),
            ("samples(«\"pulse.csv, t)»", "must end with the quote", ""),
            ("2 + «\"pulse.csv\"»", "stands in `samples` only", "samples(\"file.csv\", t)"),
            ("«1e999»*X(one)", "at most 1.8e308", ""),
            ("Z(cells[2«»", "`]` or an operator", ""),
            ("sum(«»", "the name of an index, as in `sum(i in part, ...)`,", ""),
            (
                "sum(i «of» cells, Z(i))",
                "`in` should stand here, but there is `of`",
                "sums are `sum(i in part, ...)`",
            ),
            ("sum(i«,» j in cells, Z(i))", "`in` should stand here", "edges(part)"),
            ("sum(i in cells«)»", "`,` and what is summed should stand here", ""),
            ("sum((i, j) in «cells», X(i)*X(j))", "`edges(part)` should stand here", "write `edges(cells)`"),
            ("sum(i in «edges»(cells), X(i))", "an edge has two ends", "sum((i, j) in edges(part), ...)"),
            ("sum(i < «3» in cells, X(i))", "the name of an index should stand here", "`*`"),
        ],
        |text| terms(text).err(),
    );
}

#[test]
fn of_names() {
    check(
        &[
            (
                "X(one) + «k»*Z(one)",
                "undefined name `k`",
                "names are `J`, `h`, `half`, `w_1`, `zero`, `cells`",
            ),
            ("«w1»*Z(one)", "undefined name `w1`", "did you mean `w_1`?"),
            ("«i»*Z(one)", "undefined name `i`", "the imaginary unit is `1i`"),
            ("«parameters.J»*Z(one)", "undefined name `parameters.J`", "write `J`"),
            ("sp(one) + «h.c»", "undefined name `h.c`", "did you mean `h.c.`?"),
            ("«gausian»(t, 1)*X(one)", "unknown function or operator `gausian`", "did you mean `gaussian`?"),
            ("«Q»(one)", "unknown function or operator `Q`", "functions are `sqrt`"),
            ("«J»(1 + 2)*X(one)", "`J` is no function", "`J*(...)`"),
            ("X(«cels»[1])", "unknown part `cels`", "did you mean `cells`?"),
            ("X(«spins»)", "unknown part `spins`", "the parts are `cells`, `o`, `s`"),
            ("sum(i in cells, X(i)*X(«k»))", "`k` is no index of a sum and no part", "the parts are"),
            ("X(«J»)", "`J` is a parameter, no member", ""),
            ("sum(i in «cell», X(i))", "unknown part `cell`", "did you mean `cells`?"),
            ("sum((i, j) in edges(«cel»), X(i))", "unknown part `cel`", "the parts are"),
            ("sum(«J» in cells, X(J))", "`J` is a parameter and cannot be an index as well", "another name"),
            ("sum(«one» in cells, X(one))", "`one` is a part and cannot be an index", "another name"),
            ("sum(«t» in cells, X(t))", "`t` is the time and cannot be an index", "another name"),
            ("sum(«n» in cells, n(n))", "`n` is an operator", "another name"),
            ("sum(i in cells, sum(«i» in q, X(i)))", "the index `i` is bound twice", "another name"),
            ("sum(i < «i» in cells, X(i))", "the index `i` is bound twice", "another name"),
            ("2*«cells»*X(one)", "`cells` is a part, not a number", "such as `X(cells[1])`"),
            ("«cells[2]»*2", "`cells[..]` is a member, not a number", "such as `X(cells[1])`"),
            ("1 + «X»", "the operator `X` needs a member", "write `X(cells)`"),
            ("1 + «exp»", "`exp` needs its argument", ""),
            ("«in» + 1", "undefined name `in`", ""),
        ],
        |text| {
            let mut error = terms(text).err()?;
            // The list of all names is no cure to hold here.
            if text.starts_with("in") {
                error.help = None;
            }
            Some(error)
        },
    );
}

#[test]
fn of_members_and_operators() {
    check(
        &[
            ("Z(cells[«9»])", "`cells` has 4 members, but this is number 9", ""),
            ("Z(cells[«0»])", "`cells` has 4 members, but this is number 0", "members count from 1"),
            ("Z(one[«2»])", "`one` has 1 member, but this is number 2", ""),
            ("sum(i in cells, Z(i)*Z(cells[«i+1»]))", "this is number 5 at i = 4", "edges(part)"),
            ("sum(k in q, Z(cells[«k-1»]))", "this is number 0 at k = 1", "members count from 1"),
            ("Z(cells[«1/2»])", "the number of a member must be a whole number, but is 0.5", ""),
            ("Z(cells[«t»])", "must be a whole number, but depends on time", ""),
            ("Z(cells[«X(one)»])", "must be a number or a function of time, but is an operator", ""),
            (
                "Z(«cells»)",
                "`cells` has 4 members, but `Z` acts on one",
                "write `Z(cells[1])`, or `sum(i in cells, Z(i))`",
            ),
            ("Z(«3»)", "`Z` acts on a member", "write `Z(cells[2])`"),
            ("sum(k in q, Z(«k+1»))", "`Z` acts on a member", "write `Z(q[k+1])`"),
            (
                "«X»(o)",
                "`X` does not act on `o`, an oscillator",
                "operators of an oscillator are `n`, `a`, `ad`, `P`, `T`",
            ),
            (
                "«a»(one)",
                "`a` does not act on `one`, a qubit",
                "are `X`, `Y`, `Z`, `sp`, `sm`, `n`, `P`, `T`",
            ),
            ("«Sx»(d)", "`Sx` does not act on `d`, a qudit of 3 levels", "are `sp`, `sm`, `n`, `P`, `T`"),
            ("«Z»(s[1])", "`Z` does not act on `s`, a spin of 3 levels", "`Sx`"),
            ("sum(i in s, «X»(i))", "`X` does not act on `s`", "`Sx`, `Sy`, `Sz`"),
            ("P(d, «3»)", "levels of a qudit of 3 levels count from 0 to 2, but this is 3", ""),
            ("T(one, 0, «2»)", "levels of a qubit count from 0 to 1, but this is 2", ""),
            ("P(o, «-1»)", "levels of an oscillator count from 0 on, but this is -1", ""),
            ("«P(o)»", "has the form `P(member, level)`, but has 1 arguments", ""),
            ("«T(o, 1)»", "has the form `T(member, level, level)`", ""),
            ("«X()»", "has the form `X(member)`", ""),
            ("«X(one, 1)»", "has the form `X(member)`", ""),
        ],
        |text| terms(text).err(),
    );
}

#[test]
fn of_arithmetic() {
    check(
        &[
            (
                "exp(«X(one)»)",
                "the argument of `exp` must be a number or a function of time, but is an operator",
                "",
            ),
            ("2^«X(one)»", "an exponent must be a number or a function of time, but is an operator", ""),
            ("1/«X(one)»", "operators cannot be divided by", ""),
            ("Z(one)/«(X(one) + 1)»", "operators cannot be divided by", ""),
            ("X(one)^«-1»", "must be a whole number from 0 to 1000, but is -1", ""),
            ("X(one)^«0.5»", "the exponent of an operator must be a whole number, but is 0.5", ""),
            ("X(one)^«2000»", "from 0 to 1000", ""),
            ("X(one)^«t»", "must be a whole number, but depends on time", ""),
            ("X(cells[«2 + 1e-6»])", "must be a whole number, but is 2.000001", ""),
            ("P(o, «1000001»)", "levels of an oscillator count from 0 on, but this is 1000001", ""),
            ("X(one)/«zero»", "division by zero", ""),
            ("sum(i in cells, 1/«(i-2)»*X(i))", "division by zero at i = 2", ""),
            ("«exp(1000)»*X(one)", "this number is infinite", ""),
            ("sum(i in cells, «exp(1000*i)»*X(i))", "this number is infinite at i = 1", ""),
            ("«0^-1»", "this number is infinite", ""),
            ("«(-1)^0.5»", "this number has no value", ""),
            ("sqrt(«-4»)", "the root of a negative number", "`1i`"),
            ("step(«1i*t»)*X(one)", "the argument of `step` must be real", ""),
            ("samples('pulse.csv', «1i*t»)*X(one)", "must be real", ""),
            ("gaussian(t, «zero»)*X(one)", "the width is zero", ""),
            ("«gaussian(t)»*X(one)", "has the form `gaussian(x, width)`, but has 1 arguments", ""),
            ("«exp(1, 2)»", "has the form `exp(x)`, but has 2", ""),
            ("«exp()»", "has the form `exp(x)`, but has 0", ""),
            ("«samples(t)»", "has the form `samples(\"file.csv\", t)`", ""),
            ("samples(«t», t)", "reads a file, whose name stands in quotes", "samples(\"file.csv\", t)"),
            ("samples(«'no.csv'», t)*X(one)", "\"no.csv\": there is no such file", ""),
            ("asinh(«t»)*X(one)", "the argument of `asinh` must be a real constant", ""),
        ],
        |text| terms(text).err(),
    );
}

#[test]
fn of_adjoints() {
    check(
        &[
            ("«h.c.»", "but nothing else stands there", "A + h.c."),
            ("sp(one)*(«h.c.»)", "but nothing else stands there", "A + h.c."),
            ("sum(i in cells, «h.c.»)", "but nothing else stands there", "A + h.c."),
            ("X(one) + (-«h.c.»)", "but nothing else stands there", "A + h.c."),
            ("sp(one) + 2*«h.c.»", "`h.c.` is an addend", "2*(A + h.c.)"),
            ("sp(one) - «h.c.»*2", "`h.c.` is an addend", "2*(A + h.c.)"),
            ("sp(one) + 2*-«h.c.»", "`h.c.` is an addend", "2*(A + h.c.)"),
            ("-«h.c.»*2", "`h.c.` is an addend", "2*(A + h.c.)"),
            ("2^-«h.c.» + sp(one)", "`h.c.` is an addend", "2*(A + h.c.)"),
            ("sp(one) + «h.c.»^2", "`h.c.` is an addend", "2*(A + h.c.)"),
            ("sp(one) + 2^«h.c.»", "`h.c.` is an addend", "2*(A + h.c.)"),
            ("sp(one) + h.c. + «h.c.»", "may stand once", ""),
        ],
        |text| terms(text).err(),
    );
}

#[test]
fn of_what_is_not_hermitian() {
    let title = "the Hamiltonian of charging must be Hermitian, but this addend is not";
    check(
        &[
            ("X(one) + «sp(one)»", title, "+ h.c."),
            ("«sp(one)»", title, "+ h.c."),
            ("sp(cells[1])*sm(cells[2]) + sm(cells[1])*sp(cells[2]) + «J*sp(one)»", title, "+ h.c."),
            ("Z(one) + sum(i < j in cells, «sp(i)*sm(j)»)", title, "in the body of its sum"),
            ("sum(i in cells, Z(i) + «0.5*sm(i)»)", title, "+ h.c."),
            ("Z(one) + (X(one) + «a(o)^2»)", title, "+ h.c."),
            ("X(one) - «1i*Z(one)»", title, "multiply it by `1i`"),
            ("«sp(one) - h.c.»", title, "multiply it by `1i`"),
            ("X(one) + «exp(1i*t)*Z(one)»", title, "+ h.c."),
            ("«gaussian(t - 5000, 0.01)*ad(o)»", title, "+ h.c."),
            ("X(one) + «2i»", title, "multiply it by `1i`"),
            ("sum(i in cells, sum(j in q, «sp(i)*X(j)»))", title, "+ h.c."),
        ],
        |text| hamiltonian(text).err(),
    );
    for text in [
        "sp(one) + sm(one)",
        "sum(i in cells, sp(i) + h.c.)",
        "1i*(sp(one) - h.c.)",
        "X(one)*Y(cells[1]) + 1i*X(one)*Y(one)*Z(one)",
        "(a(o) + ad(o))^4 + cos(t)*n(o)",
        "exp(1i*t)*sp(one) + h.c.",
        "exp(1i*t)*sp(one) + exp(-1i*t)*sm(one)",
        "(cos(t) + 1i*sin(t))*a(o) + (cos(t) - 1i*sin(t))*ad(o)",
        "Sx(s[1])*Sx(s[2]) + Sy(s[1])*Sy(s[2])",
    ] {
        hamiltonian(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn of_roles() {
    let read =
        |role: Role| move |text: &str| Text::parse(text).and_then(|text| text.terms(&scope(), role)).err();
    check(
        &[("Z(one)*cos(«t»)", "the Hamiltonian of the battery must not depend on time", "")],
        read(Role::Battery),
    );
    check(&[("«t»*sm(one)", "the operator of a channel must not depend on time", "")], read(Role::Channel));
    let number =
        |role: Role| move |text: &str| Text::parse(text).and_then(|text| text.number(&scope(), role)).err();
    check(
        &[
            ("J + «t»", "the rate of a channel must not depend on time", ""),
            ("«1 + 2i»", "the rate of a channel must be real, but is 1+2i", ""),
            (
                "«X(one)»",
                "the rate of a channel must be a number or a function of time, but is an operator",
                "",
            ),
        ],
        number(Role::Rate),
    );
    check(&[("2*«t»", "a parameter must not depend on time", "")], number(Role::Parameter));
    let text = Text::parse("sp(one)").unwrap();
    let error = text.hamiltonian(&scope(), Role::Battery, &system(), 1.0).unwrap_err();
    assert!(error.title.starts_with("the Hamiltonian of the battery must be Hermitian"));
}

#[test]
fn of_parameters() {
    let read = |list: &[(&str, &str)]| {
        let text = |text: &str| Parameter::Text(Text::parse(text).unwrap());
        let list: Vec<_> = list.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        parameters(&list).unwrap_err()
    };
    let (which, error) = read(&[("x", "1"), ("a", "2*b"), ("b", "c + 1"), ("c", "x - a")]);
    assert_eq!((which, error.place.clone()), (1, 2..3));
    assert_eq!(error.title, "parameters must not need themselves, but `a` needs `b` needs `c` needs `a`");
    let (which, error) = read(&[("y", "a"), ("a", "1 + a")]);
    assert_eq!((which, error.place.clone()), (1, 4..5));
    assert!(error.title.contains("`a` needs `a`"));
    let (which, error) = read(&[("omega", "1"), ("a", "omga")]);
    assert_eq!((which, error.help.as_deref()), (1, Some("did you mean `omega`?")));
    let (_, error) = read(&[("a", "1/(1 - 1)")]);
    assert_eq!((error.title.as_str(), error.place), ("division by zero", 2..9));
}

#[test]
fn of_size() {
    let nested = |depth: usize| format!("{}X(one){}", "(".repeat(depth), ")".repeat(depth));
    // The call is one more.
    terms(&nested(DEEPEST - 1)).unwrap();
    let error = terms(&nested(DEEPEST)).unwrap_err();
    assert!(error.title.contains("at most 250 parentheses"), "{error}");
    assert_eq!(error.place, DEEPEST + 1..DEEPEST + 2);
    let powers = "2^".repeat(DEEPEST + 1) + "1";
    assert_eq!(terms(&powers).unwrap_err().place, 2 * DEEPEST + 1..2 * DEEPEST + 2);
    let functions = "sin(".repeat(200) + "t" + &")".repeat(200) + "*X(one)";
    terms(&functions).unwrap();
    let long = "1 + ".repeat(LONGEST / 4) + "1";
    assert!(terms(&long).unwrap_err().title.contains("at most 1000000 bytes, but has 1000001"));
    let (text, place) =
        marked("X(one) + «(sum(i in cells, X(i)) + sum(i in cells, Y(i)) + sum(i in cells, Z(i)))^30»");
    let error = terms(&text).unwrap_err();
    assert!(error.title.contains("at most 1000000 products of operators, but here are"), "{error}");
    assert_eq!(error.place, place);
    let many = leyden::parts::Part::new("many", leyden::parts::PartKind::Qubit, 100_000);
    let scope = leyden_text::Scope::new([(many, leyden::parts::Graph::Complete)]);
    for text in ["sum(i < j in many, X(i)*X(j))", "1 + sum((i, j) in edges(many), X(i)*X(j))"] {
        let error = Text::parse(text).unwrap().terms(&scope, Role::Charging).unwrap_err();
        assert!(
            error.title.contains("at most 20000000 steps")
                && &text[error.place.clone()] == text.trim_start_matches("1 + ")
        );
    }
    // What is refused is refused from there on, not before.
    terms(&("1".to_string() + &" ".repeat(LONGEST - 1))).unwrap();
    assert_eq!(terms("P(o, 1000000) + X(cells[2 + 1e-10])").unwrap().len(), 2);
    // Equal products are gathered as powers grow: of four commuting operators there are C(15, 3) of degree 12, not 4^12.
    assert_eq!(terms("sum(i in cells, Z(i))^12").unwrap().len(), 455);
    // Few products of very many operators.
    let many = leyden::parts::Part::new("many", leyden::parts::PartKind::Qubit, 150);
    let scope = leyden_text::Scope::new([(many, leyden::parts::Graph::Complete)]);
    let text = Text::parse("Z(many[1])^1000*sum(i in many, sum(j in many, X(i)*X(j)))").unwrap();
    let error = text.terms(&scope, Role::Charging).unwrap_err();
    assert!(
        error.title.contains("at most 20000000 operators in its products, but here are 22545000"),
        "{error}"
    );
    // Signs are no parentheses.
    assert_eq!(terms(&("-".repeat(100_000) + "X(one)")).unwrap().len(), 1);
}
