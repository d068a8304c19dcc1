//! Made-up cases of any method: every form is filled in, about as far as people do it, the same in every run.

use std::sync::Arc;

use metode::case::{Answers, Case, Response};
use metode::definition::{Field, Form, Kind, List, Method, Options};
use metode::value::Date;
use serde_json::{Value as Json, json};

use crate::citizens::{Dice, entered, some};

const SENTENCE: &str = "Borgeren fortæller om sin hverdag, og hvad der er svært i den. ";

/// A case of a method; every fourth is at work on its last form.
///
/// # Panics
/// Never: the days are days of every month.
pub fn anybody(method: &Method, number: usize) -> Case {
    let mut dice = Dice(number as u64 + 1);
    let mut responses = Vec::new();
    for form in method.forms() {
        let month = 1 + u8::try_from(responses.len() % 12).unwrap_or(0);
        let day = |day: usize| Date::new(2022, month, u8::try_from(day).unwrap_or(1)).expect("a day");
        responses.push(Response {
            id: form.id.clone(),
            form: form.id.clone(),
            started: day(1 + dice.below(14)),
            completed: Some(day(15 + dice.below(14))),
            completed_at: None,
            corrects: None,
            answers: filled(form, &mut dice),
            acknowledged: Vec::new(),
        });
    }
    if let Some(last) = responses.last_mut().filter(|_| number.is_multiple_of(4)) {
        last.completed = None;
    }
    let mut known = |form: Option<&Form>| form.map(|form| filled(form, &mut dice)).unwrap_or_default();
    Case {
        id: format!("case-{number}"),
        method: method.name(),
        record: known(method.case_form()),
        citizen: known(method.citizen_form()),
        responses,
    }
}

fn filled(form: &Form, dice: &mut Dice) -> Answers {
    let mut answers = Answers::default();
    block(form, 0, "", &mut Vec::new(), dice, &mut answers);
    answers
}

/// Answers the fields that stand side by side.
fn block(
    form: &Form,
    block_at: usize,
    prefix: &str,
    keys: &mut Vec<String>,
    dice: &mut Dice,
    answers: &mut Answers,
) {
    for field in form.blocks[block_at]
        .fields
        .iter()
        .map(|field| &form.fields[*field])
    {
        if field.value.is_some() || field.carry.is_some() {
            continue;
        }
        let path = format!("{prefix}{}", field.id);
        if let Some(group) = field.group() {
            let rows: Vec<String> = match &group.for_each {
                None => (0..1 + dice.below(2)).map(|row| format!("r{row}")).collect(),
                Some((list, branch)) => {
                    let around: Vec<&str> = keys.iter().map(String::as_str).collect();
                    let all: Vec<&str> = list
                        .children(branch.code(&around))
                        .map(|concept| &*concept.code)
                        .collect();
                    let half = all.len().div_ceil(2);
                    some(dice, &all, half).into_iter().map(str::to_owned).collect()
                }
            };
            for key in &rows {
                keys.push(key.clone());
                block(form, group.block, &format!("{path}.{key}."), keys, dice, answers);
                keys.pop();
            }
            if group.for_each.is_none() {
                answers.rows.insert(path, rows);
            }
        } else if dice.below(10) < 8
            && let Some(value) = answer(form, field, prefix, keys, dice, answers)
        {
            answers.put(path, entered(value));
        }
    }
}

/// The codes that can be chosen in a field.
fn codes<'a>(list: &'a Arc<List>, branch: Option<&str>) -> Vec<&'a str> {
    let below = list.below(branch).iter().filter(|concept| concept.selectable);
    below.map(|concept| &*concept.code).collect()
}

fn answer(
    form: &Form,
    field: &Field,
    prefix: &str,
    keys: &[String],
    dice: &mut Dice,
    answers: &Answers,
) -> Option<Json> {
    if let Some((opener, code)) = &field.companion_of {
        let chosen = &answers
            .get(&format!("{prefix}{}", form.fields[*opener].id))?
            .value;
        let has = |value: &Json| value.as_str() == Some(code);
        if !has(chosen) && !chosen.as_array().is_some_and(|codes| codes.iter().any(has)) {
            return None;
        }
    }
    let around: Vec<&str> = keys.iter().map(String::as_str).collect();
    Some(match &field.kind {
        Kind::Text if field.confidential => json!(format!("010181{:04}", dice.below(10_000))),
        Kind::Text => json!(format!("Nummer {}", dice.below(100_000))),
        Kind::LongText => json!(SENTENCE.repeat(1 + dice.below(4))),
        Kind::YesNo => json!(dice.below(2) == 0),
        Kind::Choice(Options::List(list, branch)) | Kind::Score(Options::List(list, branch)) => {
            let all = codes(list, branch.code(&around));
            json!(all.get(dice.below(all.len()))?)
        }
        Kind::Choices(Options::List(list, branch)) => {
            let all = codes(list, branch.code(&around));
            let wanted = (1 + dice.below(3)).min(all.len());
            json!(some(dice, &all, wanted))
        }
        Kind::Date => json!(format!(
            "2022-{:02}-{:02}",
            1 + dice.below(12),
            1 + dice.below(28)
        )),
        Kind::Number | Kind::Money => json!((1 + dice.below(50_000)).to_string()),
        Kind::Contact => json!({"name": format!("Doktor {}", dice.below(1_000)), "phone": "70 10 10 10"}),
        Kind::Choice(_) | Kind::Choices(_) | Kind::Score(_) | Kind::Reference(_) | Kind::Group(_) => {
            return None;
        }
    })
}
