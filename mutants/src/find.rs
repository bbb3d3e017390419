//! Finds the places of a source that can be changed: expressions and statements of functions that run, outside of tests,
//! constants, patterns, types and attributes. Of macros only the arguments of those that look like functions are read.

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::Span;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Lit, Signature, Stmt, Token};

use crate::operators;
use crate::site::{Site, Switch, one_line};

/// What a source offers.
pub(crate) struct Found {
    /// In the order of the text.
    pub(crate) sites: Vec<Site>,
    /// Names of modules that are tests and have files of their own.
    pub(crate) test_modules: Vec<String>,
    /// The source without its tests.
    pub(crate) without_tests: String,
}

/// All sites of a file.
///
/// # Errors
///
/// The text is not Rust.
pub(crate) fn find(file: &str, text: &str) -> syn::Result<Found> {
    let tree = syn::parse_file(text)?;
    let mut finder = Finder {
        file,
        text,
        names: Vec::new(),
        functions: 0,
        sites: Vec::new(),
        test_modules: Vec::new(),
        tests: Vec::new(),
        strings: Vec::new(),
    };
    finder.visit_file(&tree);
    finder.swap_strings();
    let Finder { mut sites, test_modules, tests, .. } = finder;
    sites.sort_by_key(|site| (site.range.start, site.range.end));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for site in &mut sites {
        let nth = seen.entry(site.key()).or_default();
        (site.nth, *nth) = (*nth, *nth + 1);
    }
    let mut without_tests = text.to_string();
    for range in tests.into_iter().rev() {
        without_tests.replace_range(range, "");
    }
    Ok(Found { sites, test_modules, without_tests })
}

pub(crate) struct Finder<'a> {
    file: &'a str,
    text: &'a str,
    /// Modules, types and functions around the place.
    names: Vec<String>,
    /// How many functions are around the place.
    functions: usize,
    sites: Vec<Site>,
    test_modules: Vec<String>,
    tests: Vec<Range<usize>>,
    /// Places of string literals with the function that they are in.
    strings: Vec<(Span, String)>,
}

impl Finder<'_> {
    /// The text of something parsed.
    pub(crate) fn text_of(&self, node: &impl Spanned) -> String {
        self.text[node.span().byte_range()].to_string()
    }

    /// One more site, where `node` stands.
    pub(crate) fn push(
        &mut self,
        operator: &'static str,
        node: &impl Spanned,
        mutated: String,
        switch: Switch,
    ) {
        let span = node.span();
        let original = self.text[span.byte_range()].to_string();
        // Long expressions are written twice.
        if original.len() <= 600 {
            self.push_at(operator, span, span.byte_range(), original, mutated, switch);
        }
    }

    fn push_at(
        &mut self,
        operator: &'static str,
        span: Span,
        range: Range<usize>,
        original: String,
        mutated: String,
        switch: Switch,
    ) {
        let (function, line) = (self.names.join("::"), span.start().line);
        let file = self.file.to_string();
        self.sites.push(Site { file, function, line, range, operator, original, mutated, switch, nth: 0 });
    }

    /// Whether something is a test, which is noted.
    fn is_test(&mut self, attributes: &[Attribute], node: &impl Spanned) -> bool {
        let test = attributes.iter().any(|attribute| {
            attribute.path().is_ident("test")
                || (attribute.path().is_ident("cfg")
                    && one_line(&self.text[attribute.span().byte_range()]) == "#[cfg(test)]")
        });
        if test {
            self.tests.push(node.span().byte_range());
        }
        test
    }

    fn function(&mut self, signature: &Signature, block: &Block) {
        if signature.constness.is_some() || signature.ident == "main" {
            return;
        }
        self.names.push(signature.ident.to_string());
        if !block.stmts.is_empty() {
            let open = block.brace_token.span.open();
            let place = open.byte_range().end;
            let output = match &signature.output {
                syn::ReturnType::Default => String::new(),
                syn::ReturnType::Type(_, output) => one_line(&self.text_of(output)),
            };
            for value in operators::early(&output) {
                let mutated = format!("return {value}").trim_end().to_string() + ";";
                self.push_at("body", open, place..place, String::new(), mutated, Switch::Body);
            }
        }
        self.functions += 1;
        self.visit_block(block);
        self.functions -= 1;
        self.names.pop();
    }

    /// Every string becomes the next other one of the file, and a longer one where there is none.
    fn swap_strings(&mut self) {
        let texts: Vec<String> =
            self.strings.iter().map(|(span, _)| self.text[span.byte_range()].to_string()).collect();
        let strings = std::mem::take(&mut self.strings);
        for (place, (span, function)) in strings.into_iter().enumerate() {
            let (original, others) = (&texts[place], texts[place + 1..].iter().chain(&texts[..place]));
            let longer = format!("{}~\"", &original[..original.len() - 1]);
            let other = others.into_iter().find(|other| *other != original).unwrap_or(&longer).clone();
            self.names = vec![function];
            self.push_at("string", span, span.byte_range(), original.clone(), other, Switch::Value);
        }
    }

    /// The expressions of a macro that takes them like a function; a string that stands alone is a format.
    fn arguments(&mut self, tokens: &proc_macro2::TokenStream, formats: bool) {
        let list = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone());
        for argument in list.into_iter().flatten() {
            match argument {
                Expr::Lit(literal) if formats && matches!(literal.lit, Lit::Str(_)) => {}
                Expr::Assign(named) => self.visit_expr(&named.right),
                other => self.visit_expr(&other),
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            // Types, constants and macros: nothing that runs.
            _ => return,
        };
        if self.is_test(attributes, item) {
            if let Item::Mod(module) = item
                && module.content.is_none()
            {
                self.test_modules.push(module.ident.to_string());
            }
            return;
        }
        let name = match item {
            Item::Fn(item) => return self.function(&item.sig, &item.block),
            Item::Impl(item) => one_line(&self.text_of(&item.self_ty)),
            Item::Mod(item) => item.ident.to_string(),
            Item::Trait(item) => item.ident.to_string(),
            _ => return,
        };
        self.names.push(name);
        visit::visit_item(self, item);
        self.names.pop();
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !self.is_test(&item.attrs, item) {
            self.function(&item.sig, &item.block);
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
    }

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_angle_bracketed_generic_arguments(&mut self, _: &'ast syn::AngleBracketedGenericArguments) {}

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let Some((_, guard)) = &arm.guard {
            operators::condition(self, guard, true);
        }
        visit::visit_arm(self, arm);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if self.functions > 0 {
            operators::statement(self, statement);
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'ast Expr) {
        if self.functions == 0 {
            return;
        }
        operators::expression(self, expression);
        match expression {
            // Its length is a constant.
            Expr::Repeat(repeat) => self.visit_expr(&repeat.expr),
            // Room beforehand and words of panics change nothing that counts.
            Expr::MethodCall(call) if operators::is_idle(&call.method) => self.visit_expr(&call.receiver),
            Expr::Call(call) if operators::is_reservation(call) => {}
            Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)) => {
                if self.text_of(literal).ends_with('"') {
                    self.strings.push((literal.span(), self.names.join("::")));
                }
            }
            other => visit::visit_expr(self, other),
        }
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        match name.as_str() {
            "format" | "write" | "writeln" | "print" | "println" => self.arguments(&called.tokens, true),
            "vec" => {
                let repeated = |input: ParseStream| {
                    let value: Expr = input.parse()?;
                    input.parse::<Token![;]>()?;
                    Ok((value, input.parse::<Expr>()?))
                };
                match repeated.parse2(called.tokens.clone()) {
                    Ok((value, length)) => [value, length].iter().for_each(|part| self.visit_expr(part)),
                    Err(_) => self.arguments(&called.tokens, false),
                }
            }
            "matches" => {
                let first = |input: ParseStream| {
                    let value: Expr = input.parse()?;
                    input.parse::<proc_macro2::TokenStream>().map(|_| value)
                };
                if let Ok(value) = first.parse2(called.tokens.clone()) {
                    self.visit_expr(&value);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(text: &str) -> Vec<String> {
        let found = find("crates/a/src/lib.rs", text).unwrap();
        found
            .sites
            .iter()
            .map(|site| format!("{} {} {}", site.function, site.operator, site.change()))
            .collect()
    }

    #[test]
    fn only_what_runs_is_changed() {
        let text = r#"
            const LEAST: f64 = 1.0 + 2.0;
            static NAMES: [&str; 2 + 1] = ["a", "b", "c"];
            const fn twice(x: f64) -> f64 { x * 2.0 }
            #[doc = "of 3"]
            fn f(x: Option<u8>) -> Thing {
                const HERE: u8 = 1 + 1;
                let a: [f64; 4] = [0.5; 2 + 2];
                match x { Some(7) => a::<5>(), Some(0..=9) => b(), _ => panic!("{}", 1 + 1) }
            }
            #[cfg(test)]
            mod tests { fn g() -> bool { 1 < 2 } }
            #[cfg(test)]
            mod elsewhere;
            #[cfg(test)]
            fn h() -> bool { 1 < 2 }
        "#;
        assert_eq!(changes(text), ["f float `0.5` -> `0.5 * 1.001`", "f float `0.5` -> `0.5 * 2.0`"]);
        let found = find("crates/a/src/lib.rs", text).unwrap();
        assert_eq!(found.test_modules, ["elsewhere"]);
        assert!(!found.without_tests.contains("1 < 2") && found.without_tests.contains("Some(0..=9)"));
    }

    #[test]
    fn operators_change_what_they_say() {
        let text = r#"impl A<'_> { fn f(&self, a: f64, b: f64) -> Thing { if a < b || c { self.x += g(a, b); } x.max(!c) } }"#;
        let expected = [
            "A<'_>::f condition `a < b || c` -> `true`",
            "A<'_>::f condition `a < b || c` -> `false`",
            "A<'_>::f logic `a < b || c` -> `(a < b) && c`",
            "A<'_>::f logic `a < b || c` -> `a < b`",
            "A<'_>::f logic `a < b || c` -> `c`",
            "A<'_>::f comparison `a < b` -> `a <= b`",
            "A<'_>::f comparison `a < b` -> `a >= b`",
            "A<'_>::f statement without `self.x += g(a, b);`",
            "A<'_>::f arithmetic `self.x += g(a, b)` -> `self.x -= g(a, b)`",
            "A<'_>::f arguments `g(a, b)` -> `g(b, a)`",
            "A<'_>::f method `x.max(!c)` -> `x.min(!c)`",
            "A<'_>::f not `!c` -> `c`",
        ];
        let mut changes = changes(text);
        let mut expected = expected.map(String::from).to_vec();
        changes.sort();
        expected.sort();
        assert_eq!(changes, expected);
    }

    /// Conditions that make names cannot be replaced, and strings of formats are no values.
    #[test]
    fn what_cannot_be_switched_is_left_alone() {
        let text =
            r#"fn f() -> Thing { if let Some(x) = y && z { w } else { format!("{x} of {n}", n = "m") } }"#;
        assert_eq!(changes(text), ["f string `\"m\"` -> `\"m~\"`"]);
        let text = r#"fn f() -> Vec<u8> { vec![0; n] }"#;
        assert_eq!(changes(text), ["f body `return Vec::new();` at the start", "f integer `0` -> `1`"]);
    }

    #[test]
    fn equal_changes_of_a_function_have_names_of_their_own() {
        let text = "fn f() -> Thing { g(a + b, a + b) }";
        let found = find("crates/a/src/lib.rs", text).unwrap();
        let keys: Vec<String> = found.sites.iter().map(Site::key).collect();
        assert_eq!(keys.len(), 2);
        assert_ne!(keys[0], keys[1]);
        // They do not depend on what stands before the function.
        let later = find("crates/a/src/lib.rs", &format!("fn e() {{ x(1); }}\n{text}")).unwrap();
        assert!(keys.iter().all(|key| later.sites.iter().any(|site| site.key() == *key)));
    }
}
