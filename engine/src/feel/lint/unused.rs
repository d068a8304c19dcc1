//! Names that nothing uses, and names that hide a field.

use crate::feel::Names;
use crate::feel::ast::{Expr, Kind, Word};
use crate::feel::problem::Problem;

/// Looks through a rule and all its parts.
pub(super) fn check(expr: &Expr, names: &dyn Names, problems: &mut Vec<Problem>) {
    match &expr.kind {
        Kind::For(iterators, body)
        | Kind::Quantified {
            iterators,
            condition: body,
            ..
        } => {
            for (at, iterator) in iterators.iter().enumerate() {
                let later = iterators.iter().skip(at + 1);
                let mut later = later.flat_map(|later| std::iter::once(&later.from).chain(&later.to));
                let used = body.mentions(&iterator.name.text)
                    || later.any(|later| later.mentions(&iterator.name.text));
                name(&iterator.name, used, names, problems);
            }
        }
        Kind::Function(parameters, Some(body)) => {
            for parameter in parameters {
                name(
                    &parameter.name,
                    body.mentions(&parameter.name.text),
                    names,
                    problems,
                );
            }
        }
        Kind::Path(base, taken) => {
            if let Kind::Context(entries) = &base.kind {
                entries_of(entries, taken, problems);
            }
        }
        _ => {}
    }
    expr.children(&mut |child| check(child, names, problems));
}

fn name(word: &Word, used: bool, names: &dyn Names, problems: &mut Vec<Problem>) {
    if !used && !word.text.starts_with('_') {
        let message = format!("nothing uses `{}`", word.text);
        let hint = format!("write `_{}` if that is meant", word.text);
        problems.push(Problem::warning(word.span.clone(), message).hint(Some(hint)));
    }
    if names.lookup(&word.text).is_some() {
        let message = format!("`{}` hides what has this name outside", word.text);
        let hint = Some("choose another name".to_owned());
        problems.push(Problem::warning(word.span.clone(), message).hint(hint));
    }
}

/// The entries of a context of which only one is taken: each of the others is there for a later one.
fn entries_of(entries: &[(Word, Expr)], taken: &Word, problems: &mut Vec<Problem>) {
    for (at, (key, _)) in entries.iter().enumerate() {
        let mut later = entries.iter().skip(at + 1);
        if key != taken && !later.any(|(_, value)| value.mentions(&key.text)) {
            let message = format!("nothing uses `{}`", key.text);
            problems.push(Problem::warning(key.span.clone(), message));
        }
    }
}
