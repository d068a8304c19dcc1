//! `metode describe`.

use metode::definition::{
    Concept, Constraint, Field, Form, Kind, Method, Need, Needs, Options, Rule, fill_in,
};
use serde_json::{Value as Json, json};

use super::{Definitions, FINE, Format, PROBLEMS, WRONG_USAGE};

/// Everything that a method holds.
pub fn run(name: &str, at: &Definitions, format: Format) -> u8 {
    let Some(library) = super::load(at) else {
        return WRONG_USAGE;
    };
    let Some(method) = library.method(name) else {
        eprintln!("error: there is no method `{name}` without errors");
        return PROBLEMS;
    };
    match format {
        Format::Json => super::print_json(&to_json(method)),
        Format::Text => print(method),
    }
    FINE
}

/// A field where it stands after unfolding: once for each row of the groups around it that follow a catalogue.
struct Unfolded<'a> {
    path: String,
    field: &'a Field,
    around: Vec<(&'a str, &'a Concept)>,
    keys: Vec<&'a str>,
    repeats: bool,
}

fn unfold(form: &Form) -> Vec<Unfolded<'_>> {
    let mut found = Vec::new();
    walk(form, 0, "", &[], &[], false, &mut found);
    found
}

fn walk<'a>(
    form: &'a Form,
    block: usize,
    prefix: &str,
    around: &[(&'a str, &'a Concept)],
    keys: &[&'a str],
    repeats: bool,
    found: &mut Vec<Unfolded<'a>>,
) {
    let Some(inside) = form.blocks.get(block) else {
        return;
    };
    for field in inside.fields.iter().filter_map(|field| form.fields.get(*field)) {
        let path = format!("{prefix}{}", field.id);
        let here = |path: &str| Unfolded {
            path: path.to_owned(),
            field,
            around: around.to_vec(),
            keys: keys.to_vec(),
            repeats,
        };
        let Kind::Group(group) = &field.kind else {
            found.push(here(&path));
            continue;
        };
        found.push(here(&path));
        match &group.for_each {
            None => {
                let keys: Vec<&str> = keys.iter().copied().chain([""]).collect();
                walk(
                    form,
                    group.block,
                    &format!("{path}[]."),
                    around,
                    &keys,
                    true,
                    found,
                );
            }
            Some((list, branch)) => {
                for concept in list.children(branch.code(keys)) {
                    let mut around = around.to_vec();
                    around.extend(group.row_name.as_deref().map(|name| (name, concept)));
                    let keys: Vec<&str> = keys.iter().copied().chain([&*concept.code]).collect();
                    walk(
                        form,
                        group.block,
                        &format!("{path}.{}.", concept.code),
                        &around,
                        &keys,
                        repeats,
                        found,
                    );
                }
            }
        }
    }
}

fn text(rule: Option<&Rule>) -> Option<&str> {
    rule.map(|rule| rule.program.text())
}

fn constraints(all: &[Constraint]) -> Vec<Json> {
    all.iter()
        .map(|one| json!({ "rule": one.rule.program.text(), "message": one.message, "severity": one.severity, "source": one.source }))
        .collect()
}

fn field_json(unfolded: &Unfolded) -> Json {
    let field = unfolded.field;
    let words = |text: &Option<String>| text.as_ref().map(|text| fill_in(text, &unfolded.around));
    let options: Vec<Json> = match field.options() {
        Some(Options::List(list, branch)) => list
            .below(branch.code(&unfolded.keys))
            .iter()
            .filter(|concept| concept.selectable)
            .map(|concept| option_json(list, concept))
            .collect(),
        _ => Vec::new(),
    };
    let carry = field.carry.as_ref().map(|carry| {
        json!({ "from": format!("{}.{}", carry.form, carry.path), "as": carry.mode, "where": text(carry.condition.as_ref()) })
    });
    json!({
        "path": unfolded.path,
        "id": field.id,
        "label": fill_in(&field.label, &unfolded.around),
        "question": words(&field.question),
        "help": words(&field.help),
        "type": field.kind.name(),
        "options": options,
        "options_from": field.options().and_then(|options| match options {
            Options::List(list, _) => Some(list.name()),
            Options::Texts => None,
        }),
        "options_where": text(field.options_where.as_ref()),
        "choices_from": text(field.choices_from.as_ref()),
        "show_if": text(field.show_if.as_ref()),
        "require_if": text(field.require_if.as_ref()),
        "read_only_if": text(field.read_only_if.as_ref()),
        "initial": text(field.initial.as_ref()),
        "value": text(field.value.as_ref()),
        "carry": carry,
        "constraints": constraints(&field.constraints),
        "marks": field.marks,
        "source": field.source,
        "structured_data": field.structured_data,
        "repeats": unfolded.repeats,
        "opened_by": field.companion_of.as_ref().map(|(_, code)| code),
    })
}

fn option_json(list: &metode::definition::List, concept: &Concept) -> Json {
    let mut path = vec![concept.label.as_str()];
    let mut above = concept.parent.and_then(|parent| list.all().get(parent));
    while let Some(concept) = above {
        path.insert(0, &concept.label);
        above = concept.parent.and_then(|parent| list.all().get(parent));
    }
    json!({
        "code": concept.code,
        "label": concept.label,
        "label_many": concept.label_many,
        "path": path.join(" / "),
        "free_text": concept.free_text,
        "id": concept.id,
        "display": concept.display.as_ref().unwrap_or(&concept.label),
        "level": concept.value().as_context().and_then(|value| value.get("level")).map(metode::value::Value::to_plain_json),
        "provision": concept.provision,
        "help": concept.help,
        "criteria": concept.criteria,
        "definition": concept.definition,
        "tags": concept.tags,
        "valid_from": list.begin(&concept.code),
        "valid_to": list.end(&concept.code),
    })
}

fn form_json(form: &Form) -> Json {
    let fields = unfold(form);
    json!({
        "form": form.id,
        "title": form.title,
        "phase": form.phase,
        "help": form.help,
        "filled_by": form.filled_by,
        "repeats": form.repeats,
        "source": form.source,
        "sections": form.sections.iter().map(|section| json!({
            "id": section.id,
            "title": section.title,
            "help": section.help,
            "show_if": text(section.show_if.as_ref()),
            "source": section.source,
        })).collect::<Vec<_>>(),
        "fields": fields.iter().map(field_json).collect::<Vec<_>>(),
        "constraints": constraints(&form.constraints),
    })
}

fn needs_json(method: &Method, needs: &Needs) -> Json {
    let one = |need: &Need| {
        json!({
            "id": need.id,
            "title": need.title,
            "purpose": need.purpose,
            "phases": need.phases,
            "needed_by": need.needed_by,
            "given_by": need.given_by,
            "held_in": need.held_in,
            "obtained_by": need.obtained_by,
            "structure": need.structure,
            "rights": need.rights,
            "history": need.history,
            "volume": need.volume,
            "importance": need.importance,
            "availability": need.availability,
            "minutes": need.minutes,
            "note": need.note,
            "used_in": need.used_in,
            "if": need.condition.as_ref().map(|rule| &rule.0),
            "source": need.source,
            "words": needs.columns(method, need),
        })
    };
    let forms = needs
        .forms
        .iter()
        .map(|(phase, form)| (phase.clone(), json!(form)));
    json!({
        "forms": forms.collect::<serde_json::Map<_, _>>(),
        "status": needs.status,
        "received": needs.received,
        "closed": needs.closed,
        "spent": needs.spent,
        "columns": needs.columns,
        "needs": needs.all.iter().map(one).collect::<Vec<_>>(),
    })
}

fn to_json(method: &Method) -> Json {
    let lists = method.code_lists().map(|list| {
        json!({
            "list": list.name(),
            "edition": list.edition,
            "title": list.title,
            "system": list.system,
            "source": list.source,
            "note": list.note,
            "concepts": list.all().iter().map(|concept| {
                let mut one = option_json(list, concept);
                if let Some(members) = one.as_object_mut() {
                    members.insert("selectable".to_owned(), json!(concept.selectable));
                }
                one
            }).collect::<Vec<_>>(),
        })
    });
    let named = |all: &[metode::definition::Named]| {
        all.iter()
            .map(|one| json!({ "id": one.id, "title": one.title, "help": one.help, "source": one.source }))
            .collect::<Vec<_>>()
    };
    json!({
        "method": method.id,
        "version": method.version,
        "title": method.title,
        "owner": method.owner,
        "source": method.source,
        "valid_from": method.valid_from,
        "valid_to": method.valid_to,
        "catalogues": method.catalogues.iter().map(|(id, pins)| (id.clone(), match pins.as_slice() {
            [one] => json!(one.edition),
            several => json!(several),
        })).collect::<serde_json::Map<_, _>>(),
        "reports": method.reports,
        "roles": named(&method.roles),
        "marks": named(&method.marks),
        "parameters": method.parameters.iter().map(|parameter| json!({
            "id": parameter.id, "title": parameter.title, "type": parameter.kind, "value": parameter.value.to_plain_json(),
            "help": parameter.help, "source": parameter.source,
        })).collect::<Vec<_>>(),
        "phases": method.phases.iter().map(|phase| json!({
            "id": phase.id, "title": phase.title, "help": phase.help, "forms": phase.forms,
        })).collect::<Vec<_>>(),
        "forms": method.forms().iter().map(form_json).collect::<Vec<_>>(),
        "case": method.case_form().map(form_json),
        "citizen": method.citizen_form().map(form_json),
        "needs": method.needs.as_ref().map(|needs| needs_json(method, needs)),
        "data_points": method.emissions.iter().map(|emission| json!({
            "type": emission.kind,
            "title": emission.title,
            "on": emission.form,
            "for": text(emission.each.as_ref()),
            "when": text(emission.when.as_ref()),
            "identity": emission.identity.program.text(),
            "dated": emission.dated.program.text(),
            "entered_in_error": text(emission.entered_in_error.as_ref()),
            "answer": text(emission.answer.as_ref()),
            "free_text": emission.free_text,
            "words": emission.words,
            "types": emission.attributes.iter().map(|(name, rule)| (name.to_string(), rule.program.result_type().to_string().into())).collect::<serde_json::Map<_, _>>(),
            "attributes": emission.attributes.iter().map(|(name, rule)| (name.to_string(), rule.program.text().into())).collect::<serde_json::Map<_, _>>(),
            "help": emission.help,
            "source": emission.source,
        })).collect::<Vec<_>>(),
        "catalogue_lists": lists.collect::<Vec<_>>(),
    })
}

fn print(method: &Method) {
    println!("{}  {}", method.name(), method.title);
    let mut total = (0, 0);
    for phase in &method.phases {
        println!("\n{}", phase.title);
        for form in phase.forms.iter().filter_map(|form| method.form(form)) {
            let fields = unfold(form);
            let groups = fields
                .iter()
                .filter(|unfolded| matches!(unfolded.field.kind, Kind::Group(_)))
                .count();
            let written = form.fields.iter().filter(|field| field.group().is_none()).count();
            total = (
                total.0 + written,
                total.1 + form.fields.iter().filter(|field| field.group().is_some()).count(),
            );
            println!(
                "  {} ({}): {written} fields written, {} after unfolding, {groups} groups, {} rules",
                form.title,
                form.id,
                fields.len() - groups,
                form.rules().len(),
            );
        }
    }
    println!(
        "\n{} fields and {} groups written in {} forms",
        total.0,
        total.1,
        method.forms().len()
    );
    println!(
        "{} lists with {} concepts",
        method.code_lists().count(),
        method.code_lists().map(|list| list.all().len()).sum::<usize>()
    );
    if let Some(needs) = &method.needs {
        let minutes = needs
            .all
            .iter()
            .map(|need| need.total() * u32::try_from(need.phases.len()).unwrap_or(0));
        println!(
            "{} data needs in {} phases, {} minutes",
            needs.all.len(),
            needs.forms.len(),
            minutes.sum::<u32>()
        );
    }
    println!("{} kinds of data points", method.emissions.len());
}
