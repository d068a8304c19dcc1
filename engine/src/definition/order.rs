//! The order in which fields are evaluated: who depends on whom, and that nobody depends on itself.

use std::collections::BTreeSet;

use super::form::{BlockIx, Dependants, Edge, FieldIx, Form};
use super::rule::Rule;
use super::scope::Place;
use crate::diagnostic::Diagnostic;

/// Works out dependants and ranks of a form's fields; a circle is an error told at one of its rules.
pub fn arrange(form: &mut Form, diagnostics: &mut Vec<Diagnostic>) {
    let count = form.fields.len();
    let mut dependants = vec![Dependants::default(); count];
    for (index, field) in form.fields.iter().enumerate() {
        let section = form
            .sections
            .get(field.section)
            .and_then(|section| section.show_if.as_ref());
        let carried = field.carry.as_ref().and_then(|carry| carry.condition.as_ref());
        let values = [
            section,
            field.show_if.as_ref(),
            field.initial.as_ref(),
            field.value.as_ref(),
            carried,
        ];
        let rows = field
            .group()
            .into_iter()
            .flat_map(|group| group.conditions.values());
        for rule in values.into_iter().flatten().chain(rows) {
            for (from, prefix) in reads(form, field.block, rule) {
                add(
                    &mut dependants,
                    from,
                    |all| &mut all.values,
                    Edge { to: index, prefix },
                );
            }
        }
        let title = field.group().and_then(|group| group.row_title.as_ref());
        let checks = [
            &field.require_if,
            &field.read_only_if,
            &field.options_where,
            &field.choices_from,
        ];
        let constraints = field.constraints.iter().map(|constraint| &constraint.rule);
        for rule in checks.into_iter().flatten().chain(constraints).chain(title) {
            for (from, prefix) in reads(form, field.block, rule) {
                add(
                    &mut dependants,
                    from,
                    |all| &mut all.checks,
                    Edge { to: index, prefix },
                );
            }
        }
    }
    for (index, constraint) in form.constraints.iter().enumerate() {
        for (from, _) in reads(form, 0, &constraint.rule) {
            if let Some(all) = dependants.get_mut(from)
                && !all.form.contains(&index)
            {
                all.form.push(index);
            }
        }
    }
    for all in &mut dependants {
        for edges in [&mut all.values, &mut all.checks] {
            edges.sort_unstable();
            edges.dedup();
        }
    }
    // What stands in a group follows its rows.
    let mut successors: Vec<BTreeSet<FieldIx>> = dependants
        .iter()
        .map(|all| all.values.iter().map(|edge| edge.to).collect())
        .collect();
    for block in &form.blocks {
        if let Some(after) = block.group.and_then(|group| successors.get_mut(group)) {
            after.extend(block.fields.iter().copied());
        }
    }
    form.dependants = dependants;
    form.ranks = rank(form, &successors, diagnostics);
}

fn add(
    dependants: &mut [Dependants],
    from: FieldIx,
    which: impl Fn(&mut Dependants) -> &mut Vec<Edge>,
    edge: Edge,
) {
    if let Some(all) = dependants.get_mut(from) {
        which(all).push(edge);
    }
}

/// The fields of the same form that a rule reads, each with the number of row keys that reader and read share.
fn reads(form: &Form, block: BlockIx, rule: &Rule) -> Vec<(FieldIx, usize)> {
    let reads = rule.program.reads();
    let mut found = Vec::new();
    let mut groups: Vec<(BlockIx, usize)> = Vec::new();
    for slot in &reads.slots {
        let Place::Cell { depth, cell } = Place::of(*slot) else {
            continue;
        };
        let around = form.blocks_around(block).nth(depth);
        let Some(field) = around.and_then(|block| block.fields.get(cell)).copied() else {
            continue;
        };
        found.push((field, depth));
        if let Some(group) = form.group(field) {
            groups.push((group.block, depth));
        }
    }
    let tagged = |tag: u32| {
        let inner = tag as usize;
        let inside = form.blocks.get(inner)?;
        let prefix = groups
            .iter()
            .filter(|(group, _)| inside.chain.contains(group))
            .map(|(_, depth)| *depth)
            .min()?;
        Some((inside, prefix))
    };
    for (tag, member) in &reads.members {
        if let Some((inside, prefix)) = tagged(*tag) {
            found.extend(inside.field(member).map(|field| (field, prefix)));
        }
    }
    for tag in &reads.whole {
        if let Some((outer, prefix)) = tagged(*tag) {
            let within = |block: &&super::form::Block| block.chain.starts_with(&outer.chain);
            let fields = form
                .blocks
                .iter()
                .filter(within)
                .flat_map(|block| block.fields.iter().copied());
            found.extend(fields.map(|field| (field, prefix)));
        }
    }
    found
}

/// Topological order; fields in a circle are reported and put last.
fn rank(form: &Form, successors: &[BTreeSet<FieldIx>], diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
    let mut waiting = vec![0usize; successors.len()];
    for after in successors.iter().flatten() {
        if let Some(count) = waiting.get_mut(*after) {
            *count += 1;
        }
    }
    let mut ready: BTreeSet<FieldIx> = (0..successors.len())
        .filter(|field| waiting.get(*field) == Some(&0))
        .collect();
    let mut ranks = vec![usize::MAX; successors.len()];
    let mut next = 0;
    while let Some(field) = ready.pop_first() {
        if let Some(rank) = ranks.get_mut(field) {
            *rank = next;
        }
        next += 1;
        for after in successors.get(field).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*after) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*after);
                }
            }
        }
    }
    if let Some(start) = ranks.iter().position(|rank| *rank == usize::MAX) {
        report(form, &circle(successors, &ranks, start), diagnostics);
    }
    ranks
}

/// One circle among the fields that got no rank.
fn circle(successors: &[BTreeSet<FieldIx>], ranks: &[usize], start: FieldIx) -> Vec<FieldIx> {
    let stuck = |field: &&FieldIx| ranks.get(**field) == Some(&usize::MAX);
    // Walking backwards from a stuck field among stuck fields must come back to one it has seen.
    let mut path = vec![start];
    loop {
        let current = path.last().copied().unwrap_or(start);
        let before = (0..successors.len()).find(|field| {
            stuck(&field)
                && successors
                    .get(*field)
                    .is_some_and(|after| after.contains(&current))
        });
        let Some(before) = before else { return path };
        if let Some(at) = path.iter().position(|field| *field == before) {
            let mut found = path.split_off(at);
            found.reverse();
            return found;
        }
        path.push(before);
    }
}

fn report(form: &Form, circle: &[FieldIx], diagnostics: &mut Vec<Diagnostic>) {
    let names: Vec<&str> = circle
        .iter()
        .filter_map(|field| Some(form.fields.get(*field)?.path.as_str()))
        .collect();
    let rule = circle
        .iter()
        .filter_map(|field| form.fields.get(*field))
        .find_map(|field| {
            field
                .value
                .as_ref()
                .or(field.show_if.as_ref())
                .or(field.initial.as_ref())
        });
    let first = circle.first().and_then(|field| form.fields.get(*field));
    let Some(place) = rule.map(|rule| &rule.place).or(first.map(|field| &field.place)) else {
        return;
    };
    let mut around = names.clone();
    around.extend(names.first());
    let message = match names.as_slice() {
        [one] => format!("the rule of `{one}` depends on `{one}` itself"),
        _ => format!(
            "the rules depend on each other in a circle: `{}`",
            around.join("` → `")
        ),
    };
    diagnostics.push(
        Diagnostic::error(&place.source, place.span.clone(), message)
            .with_hint("one of them must be answered, or computed from something else"),
    );
}
