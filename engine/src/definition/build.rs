//! Puts a method together from its files.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::content::Content;
use super::emission::{self, Emission};
use super::form::Form;
use super::inherit::{Files, FormFile};
use super::lower::{Draft, lower};
use super::method::{Method, Parameter, Phase, Texts};
use super::mirror::{self, RuleText};
use super::naming;
use super::needs::{NeedsDraft, NeedsFile};
use super::order;
use super::pins::{self, Editions};
use super::reader::File;
use super::rules::{self, Compiler};
use super::scope::{Scope, Types, reserved};
use super::unreadable::Unreadable;
use super::unused;
use super::yaml::Document;
use crate::diagnostic::{self, Diagnostic, nearest};
use crate::feel::Type;
use crate::source::Source;
use crate::value::{Date, Number, Value};

/// The files of one method.
pub struct Parts<'a> {
    /// `method.yaml`.
    pub file: &'a File<mirror::Method>,
    /// Its forms.
    pub forms: Vec<&'a File<mirror::Form>>,
    /// Its data needs.
    pub needs: Vec<&'a File<NeedsFile>>,
    /// Its data points.
    pub emissions: Vec<&'a File<mirror::Emission>>,
    /// Its cases.
    pub cases: Vec<Arc<Source>>,
    /// All its files.
    pub content: Content,
    /// What could not be read.
    pub unreadable: &'a Unreadable,
}

type Problems = RefCell<Vec<Diagnostic>>;

/// Builds and compiles the method; `None` when not even its outline stands.
pub fn method(
    parts: &Parts,
    editions: &Editions,
    languages: &BTreeMap<String, Texts>,
    next_rule: &Cell<usize>,
    problems: &Problems,
) -> Option<Method> {
    let (content, document) = (&parts.file.content, &parts.file.document);
    let mut unreadable = parts.unreadable.clone();
    let (catalogues, mut lists) = pins::lists(
        content,
        document,
        editions,
        &mut unreadable,
        &mut problems.borrow_mut(),
    );
    let unreadable = unreadable;
    let needs = NeedsDraft::read(&parts.needs, &unreadable, problems);
    if let Some(needs) = &needs {
        needs.add_lists(content, &mut lists);
    }
    lists.sort_unstable_keys();
    let files = files(parts, needs.as_ref(), problems);
    let by_id = Files {
        forms: files.iter().map(|file| (file.form.form.as_str(), file)).collect(),
        unreadable: &unreadable,
    };
    let mut drafts: Vec<Draft> = Vec::new();
    for file in &files {
        let record = file.form.phase.is_empty();
        let pointers = |section: usize| match record {
            true => format!("/{}", file.form.form),
            false => format!("/sections/{section}"),
        };
        let mut draft = lower(file, &pointers, &by_id, &lists, &mut problems.borrow_mut());
        if let Some(needs) = &needs {
            needs.add_conditions(&mut draft);
        }
        drafts.push(draft);
    }
    rules::resolve(&mut drafts, &mut problems.borrow_mut());
    naming::check(&drafts, content, &mut problems.borrow_mut());
    let forms: Vec<&Form> = drafts.iter().map(|draft| &draft.form).collect();
    let needs = needs.and_then(|needs| needs.finish(&forms));
    let types = Types::new(&forms, &content.parameters, &lists, unreadable.clone());
    let compiler = Compiler {
        types: &types,
        next: next_rule,
        diagnostics: problems,
    };
    let reads: Vec<BTreeSet<usize>> = (0..drafts.len())
        .map(|index| rules::compile(&compiler, &mut drafts, index))
        .collect();
    for draft in &mut drafts {
        order::arrange(&mut draft.form, &mut problems.borrow_mut());
    }
    let emissions = emissions(parts, &drafts, &compiler);
    let texts = languages.get(&content.language).cloned().unwrap_or_else(|| {
        let message = format!("there are no texts in the language `{}`", content.language);
        problem(
            problems,
            document,
            "/language",
            message,
            Some("add a file under texts/".to_owned()),
        );
        Texts::default()
    });
    let day = |key: &str, text: &str| {
        let day = Date::parse(text);
        if day.is_none() {
            problem(
                problems,
                document,
                &format!("/{key}"),
                format!("`{text}` is not a day"),
                None,
            );
        }
        day
    };
    let namespace = Uuid::parse_str(&content.namespace).ok();
    // The schema tells of one that does not even look like it.
    if namespace.is_none() && content.namespace.len() == 36 {
        problem(problems, document, "/namespace", "not a UUID", None);
    }
    let mut all: Vec<_> = drafts.into_iter().map(|draft| draft.form).collect();
    let records = all.split_off(all.len().saturating_sub(2));
    let phases = content.phases.iter().map(|phase| {
        let forms = all.iter().filter(|form| form.phase == phase.id);
        Phase {
            id: phase.id.clone(),
            title: phase.title.clone(),
            help: phase.help.clone(),
            forms: forms.map(|form| form.id.clone()).collect(),
        }
    });
    let phases = phases.collect();
    for (index, form) in all.iter().enumerate() {
        if !content.phases.iter().any(|phase| phase.id == form.phase)
            && let Some(file) = files.get(index)
        {
            let near = nearest(&form.phase, content.phases.iter().map(|phase| phase.id.as_str()));
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            problem(
                problems,
                &file.document,
                "/phase",
                format!("the method has no phase `{}`", form.phase),
                hint,
            );
        }
    }
    all.extend(records);
    let whole = unreadable.is_empty() && !parts.forms.is_empty();
    if whole && !diagnostic::has_errors(&problems.borrow()) {
        unused::check(content, document, &all, &mut problems.borrow_mut());
    }
    Some(Method {
        id: content.method.clone(),
        version: content.version.clone(),
        title: content.title.clone(),
        owner: content.owner.clone(),
        source: content.source.clone(),
        language: content.language.clone(),
        valid_from: day("valid_from", &content.valid_from)?,
        valid_to: content.valid_to.as_deref().and_then(|text| day("valid_to", text)),
        namespace: namespace?,
        catalogues,
        reports: content.reports.clone(),
        lists,
        roles: content.roles.clone(),
        marks: content.marks.clone(),
        parameters: content
            .parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| value(parameter, index, document, problems))
            .collect(),
        phases,
        needs,
        emissions,
        texts,
        changes: content.changes.clone(),
        cases: parts.cases.clone(),
        content: parts.content.clone(),
        all,
        circles: circles(&reads),
    })
}

fn problem(
    problems: &Problems,
    document: &Document,
    pointer: &str,
    message: impl Into<String>,
    hint: Option<String>,
) {
    let diagnostic = Diagnostic::error(&document.source, document.span(pointer), message);
    problems.borrow_mut().push(diagnostic.with_hint_of(hint));
}

/// The method's form files by phase and order, each id once, with case and citizen as the last two.
fn files(parts: &Parts, needs: Option<&NeedsDraft>, problems: &Problems) -> Vec<FormFile> {
    let mut seen: HashMap<&str, &File<mirror::Form>> = HashMap::new();
    let mut files = Vec::new();
    for file in &parts.forms {
        if let Some(first) = seen.insert(&file.content.form, file) {
            let message = format!("the form `{}` stands twice", file.content.form);
            problem(
                problems,
                &file.document,
                "/form",
                message,
                Some(format!("the other is in {}", first.path.display())),
            );
            continue;
        }
        if reserved().contains_key(file.content.form.as_str()) {
            problem(
                problems,
                &file.document,
                "/form",
                format!("`{}` is a name of the engine's own", file.content.form),
                None,
            );
            continue;
        }
        files.push(FormFile {
            document: Arc::clone(&file.document),
            form: file.content.clone(),
        });
    }
    let content = &parts.file.content;
    for file in needs.iter().flat_map(|needs| needs.forms(content)) {
        if let Some(first) = seen.get(file.form.form.as_str()) {
            let message = format!("the form `{}` stands twice", file.form.form);
            let hint = format!(
                "the other is in {}; data needs have a form for each phase",
                first.path.display()
            );
            problem(problems, &file.document, "/form", message, Some(hint));
            continue;
        }
        files.push(file);
    }
    let phase = |form: &mirror::Form| content.phases.iter().position(|phase| phase.id == form.phase);
    files.sort_by_key(|file: &FormFile| (phase(&file.form), file.form.order, file.form.form.clone()));
    for (id, record) in [("case", &content.case), ("citizen", &content.citizen)] {
        let form = mirror::Form {
            form: id.to_owned(),
            phase: String::new(),
            order: 0,
            title: id.to_owned(),
            help: None,
            filled_by: Vec::new(),
            repeats: false,
            response_title: None,
            source: None,
            sections: vec![mirror::Section {
                id: id.to_owned(),
                title: id.to_owned(),
                help: None,
                show_if: None,
                source: None,
                fields: record.fields.clone(),
            }],
            constraints: Vec::new(),
        };
        let form = mirror::Form {
            response_title: record.title.clone(),
            ..form
        };
        files.push(FormFile {
            document: Arc::clone(&parts.file.document),
            form,
        });
    }
    files
}

/// For each form, the forms that it reads and that read it, directly or through others. Of these a response sees only earlier ones;
/// of all others a draft sees the present ones, which cannot lead back to it.
fn circles(reads: &[BTreeSet<usize>]) -> Vec<BTreeSet<usize>> {
    let reach: Vec<BTreeSet<usize>> = (0..reads.len())
        .map(|start| {
            let mut found = BTreeSet::new();
            let mut left = vec![start];
            while let Some(form) = left.pop() {
                left.extend(
                    reads
                        .get(form)
                        .into_iter()
                        .flatten()
                        .filter(|next| found.insert(**next)),
                );
            }
            found
        })
        .collect();
    let reaches = |from: usize, to: usize| reach.get(from).is_some_and(|found| found.contains(&to));
    (0..reads.len())
        .map(|form| {
            (0..reads.len())
                .filter(|other| form == *other || (reaches(form, *other) && reaches(*other, form)))
                .collect()
        })
        .collect()
}

fn value(parameter: &mirror::Parameter, index: usize, document: &Document, problems: &Problems) -> Parameter {
    let value = match (parameter.kind.as_str(), &parameter.value) {
        (_, serde_json::Value::Null) => Some(Value::Null),
        ("number" | "money", serde_json::Value::Number(number)) => {
            Number::parse(&number.to_string()).map(Value::Number)
        }
        ("date", serde_json::Value::String(text)) => Date::parse(text).map(Value::Date),
        ("yes_no", serde_json::Value::Bool(value)) => Some(Value::Boolean(*value)),
        ("text", serde_json::Value::String(text)) => Some(Value::string(text)),
        _ => None,
    };
    if value.is_none() {
        problem(
            problems,
            document,
            &format!("/parameters/{index}/value"),
            format!("not a {}", parameter.kind),
            None,
        );
    }
    Parameter {
        id: parameter.id.clone(),
        title: parameter.title.clone(),
        kind: parameter.kind.clone(),
        help: parameter.help.clone(),
        source: parameter.source.clone(),
        value: value.unwrap_or(Value::Null),
    }
}

fn emissions(parts: &Parts, drafts: &[Draft], compiler: &Compiler) -> Vec<Emission> {
    let mut emissions = Vec::new();
    let forms: Vec<&Form> = drafts.iter().map(|draft| &draft.form).collect();
    for file in &parts.emissions {
        let before = emissions.len();
        for (index, point) in file.content.data_points.iter().enumerate() {
            let pointer = format!("/data_points/{index}");
            let Some(draft) = drafts.iter().find(|draft| draft.form.id == point.on) else {
                if parts.unreadable.has_form(&point.on) {
                    continue;
                }
                let near = nearest(&point.on, drafts.iter().map(|draft| draft.form.id.as_str()));
                let hint = near.map(|near| format!("did you mean `{near}`?"));
                problem(
                    compiler.diagnostics,
                    &file.document,
                    &format!("{pointer}/on"),
                    format!("there is no form `{}`", point.on),
                    hint,
                );
                continue;
            };
            if let Some(emission) = data_point(point, &pointer, &file.document, draft, &forms, compiler) {
                emissions.push(emission);
            }
        }
        put_words(file, emissions.get_mut(before..).unwrap_or_default(), compiler);
    }
    emissions
}

/// Gives the data points of a file the words that it has for what they say.
fn put_words(file: &File<mirror::Emission>, emissions: &mut [Emission], compiler: &Compiler) {
    let whole = emissions.len() == file.content.data_points.len();
    for (said, words) in &file.content.words {
        let mut saying: Vec<&mut Emission> = emissions.iter_mut().filter(|one| one.says(said)).collect();
        for emission in &mut saying {
            emission.words.insert(said.clone(), words.clone());
        }
        // A data point that is wrong itself may be the one that says it.
        if saying.is_empty() && whole {
            let names = emissions.iter().flat_map(|one| &one.attributes);
            let near = nearest(said, names.map(|(name, _)| &**name));
            problem(
                compiler.diagnostics,
                &file.document,
                &format!("/words/{said}"),
                format!("no data point of this file says `{said}`"),
                Some(near.map_or_else(
                    || "name an attribute, or a text that the rule of one gives".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                )),
            );
        }
    }
}

fn data_point(
    point: &mirror::DataPoint,
    pointer: &str,
    document: &Document,
    draft: &Draft,
    forms: &[&Form],
    compiler: &Compiler,
) -> Option<Emission> {
    let read_forms = RefCell::new(BTreeSet::new());
    let mut scope = Scope {
        types: compiler.types,
        form: &draft.form,
        block: 0,
        local: None,
        row_of: None,
        read_forms: &read_forms,
    };
    let list = Type::List(Box::new(Type::Any));
    let each = match point.each.iter().next() {
        Some((name, text)) => {
            let rule = compiler.rule(&scope, &text.0, document, &format!("{pointer}/for/{name}"), &list)?;
            let element = match rule.program.result_type() {
                Type::List(element) => (**element).clone(),
                _ => Type::Any,
            };
            scope.local = Some((name, element));
            Some(rule)
        }
        None => None,
    };
    let rule = |text: &RuleText, key: &str, wanted: &Type| {
        compiler.rule(&scope, &text.0, document, &format!("{pointer}/{key}"), wanted)
    };
    // The outer `None`: the rule is there and wrong.
    let maybe = |text: &Option<RuleText>, key: &str, wanted: &Type| match text {
        Some(text) => rule(text, key, wanted).map(Some),
        None => Some(None),
    };
    let mut attributes: Vec<(Arc<str>, _)> = Vec::new();
    for (name, text) in &point.attributes {
        let text = match text {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        attributes.push((
            Arc::from(name.as_str()),
            rule(&RuleText(text), &format!("attributes/{name}"), &Type::Any)?,
        ));
    }
    let form = &draft.form;
    let hidden = each
        .as_ref()
        .is_some_and(|rule| emission::hides_free_text(form, forms, rule));
    let identity = rule(&point.identity, "identity", &Type::Any)?;
    let seen = attributes.iter().map(|(name, rule)| (&**name, rule));
    let free_text = seen.chain([("identity", &identity)]).filter(|(_, rule)| {
        emission::gives_free_text(form, forms, rule)
            || (hidden && emission::can_be_text(rule.program.result_type()))
    });
    let free_text = free_text.map(|(name, _)| name.to_owned()).collect();
    Some(Emission {
        free_text,
        kind: Arc::from(point.kind.as_str()),
        title: Arc::from(point.title.as_str()),
        help: point.help.clone(),
        source: point.source.clone(),
        form: point.on.clone(),
        when: maybe(&point.when, "when", &Type::Boolean)?,
        entered_in_error: maybe(&point.entered_in_error, "entered_in_error", &Type::Boolean)?,
        answer: maybe(&point.answer, "answer", &Type::String)?,
        identity,
        dated: rule(&point.dated, "dated", &Type::Date)?,
        attributes,
        each,
        words: BTreeMap::new(),
    })
}
