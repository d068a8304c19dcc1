//! What a method declares and nothing in it uses.

use std::collections::BTreeSet;

use super::form::{Form, Options};
use super::method::Method;
use super::mirror;
use super::yaml::Document;
use crate::diagnostic::{Diagnostic, Severity};

/// Notes marks and roles that nothing uses.
pub fn check(
    content: &mirror::Method,
    document: &Document,
    forms: &[Form],
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
}

/// Notes lists that no method uses in any edition, where the first method pins them.
pub fn lists(methods: &[(&Method, &Document)], diagnostics: &mut Vec<Diagnostic>) {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for (method, _) in methods {
        let fields = method.all.iter().flat_map(|form| &form.fields);
        let chosen: BTreeSet<String> = fields
            .filter_map(|field| match (field.options(), field.group()) {
                (Some(Options::List(list, _)), _) => Some(list.name()),
                (_, Some(group)) => group.for_each.as_ref().map(|(list, _)| list.name()),
                _ => None,
            })
            .collect();
        let rules = method.rules();
        let columns: BTreeSet<&String> = method
            .needs
            .iter()
            .flat_map(|needs| needs.columns.values())
            .collect();
        for name in method.code_lists().map(|list| list.name()) {
            let quoted = format!("\"{name}\"");
            if chosen.contains(&name)
                || columns.contains(&name)
                || rules
                    .iter()
                    .any(|(rule, _)| rule.program.text().contains(&quoted))
            {
                used.insert(name);
            }
        }
    }
    for (method, document) in methods {
        for (name, list) in method.code_lists().map(|list| (list.name(), list)) {
            // Told once: what was told counts as used.
            if used.insert(name.clone()) {
                let span = document.span(&format!("/catalogues/{}", list.catalogue));
                let message = format!("nothing uses the list `{name}`");
                let note = Diagnostic::new(Severity::Note, &document.source, span, message);
                diagnostics.push(note.with_hint("leave it out, or use it"));
            }
        }
    }
}
