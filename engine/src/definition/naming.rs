//! Names that mean something else already, and marks and roles that nobody declared.

use super::form::{Block, BlockIx, Form};
use super::lower::Draft;
use super::mirror;
use super::scope::reserved;
use crate::diagnostic::{Diagnostic, nearest};

/// Looks at every name that the forms of a method give or use.
pub fn check(drafts: &[Draft], content: &mirror::Method, problems: &mut Vec<Diagnostic>) {
    for draft in drafts {
        fields(draft, content, problems);
        rows(draft, problems);
        roles(draft, content, problems);
    }
}

fn fields(draft: &Draft, content: &mirror::Method, problems: &mut Vec<Diagnostic>) {
    let reserved = reserved();
    for field in &draft.form.fields {
        let mut error = |message: String, hint: &str| {
            let diagnostic = Diagnostic::error(&field.place.source, field.place.span.clone(), message);
            problems.push(diagnostic.with_hint(hint));
        };
        if let Some(meaning) = reserved
            .get(field.id.as_str())
            .filter(|_| !draft.form.phase.is_empty())
        {
            let message = format!("`{}` is a name of the engine's own: {meaning}", field.id);
            error(message, "choose another id");
        }
        if field.id == "id" && field.block != 0 {
            error(
                "`id` is the key of the row itself".to_owned(),
                "choose another id",
            );
        }
        let declared = |mark: &&String| content.marks.iter().any(|known| known.id == **mark);
        for mark in field.marks.iter().filter(|mark| !declared(mark)) {
            error(
                format!("the mark `{mark}` is not declared"),
                "declare it under `marks` in method.yaml",
            );
        }
    }
}

/// Where a row's name is known, it means the row and nothing else.
fn rows(draft: &Draft, problems: &mut Vec<Diagnostic>) {
    let reserved = reserved();
    for (block, pointer) in &draft.row_names {
        let Some(name) = row_name(&draft.form, *block) else {
            continue;
        };
        let message = match reserved.get(name) {
            Some(meaning) => format!("`{name}` is a name of the engine's own: {meaning}"),
            None => match taken(&draft.form, *block, name) {
                Some(by) => format!("`{name}` is the name of {by} too"),
                None => continue,
            },
        };
        let span = draft.document.span(pointer);
        let diagnostic = Diagnostic::error(&draft.document.source, span, message);
        problems.push(diagnostic.with_hint("choose another name for the row"));
    }
}

fn row_name(form: &Form, block: BlockIx) -> Option<&str> {
    let group = form.blocks.get(block)?.group?;
    form.group(group)?.row_name.as_deref()
}

/// What else has a row's name, in the row or around it.
fn taken(form: &Form, row: BlockIx, name: &str) -> Option<String> {
    let around = |block: &BlockIx| form.blocks.get(row).is_some_and(|row| row.chain.contains(block));
    let within = |block: &Block| block.chain.contains(&row);
    let blocks = form.blocks.iter().enumerate();
    let mut known = blocks.filter(|(index, block)| around(index) || within(block));
    known.find_map(|(index, block)| match block.field(name) {
        Some(field) => Some(format!("the field `{}`", form.fields.get(field)?.path)),
        None if index < row && row_name(form, index) == Some(name) => {
            Some("a row around this one".to_owned())
        }
        None => None,
    })
}

fn roles(draft: &Draft, content: &mirror::Method, problems: &mut Vec<Diagnostic>) {
    let known = |role: &str| content.roles.iter().any(|known| known.id == role);
    let used = draft.form.filled_by.iter().enumerate();
    for (index, role) in used.filter(|(_, role)| !known(role)) {
        let near = nearest(role, content.roles.iter().map(|role| role.id.as_str()));
        let span = draft.document.span(&format!("/filled_by/{index}"));
        let message = format!("the role `{role}` is not declared");
        let diagnostic = Diagnostic::error(&draft.document.source, span, message);
        problems.push(diagnostic.with_hint_of(near.map(|near| format!("did you mean `{near}`?"))));
    }
}
