//! What a method declares and nothing in it uses.

use std::collections::BTreeSet;

use super::emission::Emission;
use super::form::{Form, Options};
use super::lower::Lists;
use super::mirror;
use super::yaml::Document;
use crate::diagnostic::{Diagnostic, Severity};

/// Notes lists, marks and roles that nothing uses.
pub fn check(
    content: &mirror::Method,
    document: &Document,
    forms: &[Form],
    emissions: &[Emission],
    lists: &Lists,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut note = |pointer: &str, message: String, hint: &str| {
        let span = document.span(pointer);
        diagnostics.push(Diagnostic::new(Severity::Note, &document.source, span, message).with_hint(hint));
    };
    let fields = || forms.iter().flat_map(|form| &form.fields);
    let marks: BTreeSet<&str> = fields()
        .flat_map(|field| &field.marks)
        .map(String::as_str)
        .collect();
    let roles: BTreeSet<&str> = forms
        .iter()
        .flat_map(|form| &form.filled_by)
        .map(String::as_str)
        .collect();
    for (what, declared, used) in [("mark", &content.marks, marks), ("role", &content.roles, roles)] {
        for (index, named) in declared
            .iter()
            .enumerate()
            .filter(|(_, named)| !used.contains(named.id.as_str()))
        {
            let message = format!("nothing uses the {what} `{}`", named.id);
            note(
                &format!("/{what}s/{index}/id"),
                message,
                "leave it out, or use it",
            );
        }
    }
    let chosen: BTreeSet<String> = fields()
        .filter_map(|field| match (field.options(), field.group()) {
            (Some(Options::List(list, _)), _) => Some(list.name()),
            (_, Some(group)) => group.for_each.as_ref().map(|(list, _)| list.name()),
            _ => None,
        })
        .collect();
    let rules = forms.iter().flat_map(Form::rules);
    let rules: Vec<&str> = rules
        .chain(emissions.iter().flat_map(Emission::rules))
        .map(|(rule, _)| rule.program.text())
        .collect();
    for (name, list) in lists {
        let quoted = format!("\"{name}\"");
        if !chosen.contains(name) && !rules.iter().any(|rule| rule.contains(&quoted)) {
            let message = format!("nothing uses the list `{name}`");
            note(
                &format!("/catalogues/{}", list.catalogue),
                message,
                "another method may",
            );
        }
    }
}
