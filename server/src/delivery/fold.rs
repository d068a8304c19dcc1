//! A correction of something that never left the house: it stands where the corrected stood, as if it had been so from the
//! start. What the receiver may know of is left as it came about, so that the correction reaches it as a change.

use std::collections::{BTreeMap, BTreeSet};

use metode::case::Case;
use metode::emission::{DataPoint, Status};
use metode::value::Date;

/// The data points of a case with such corrections in place, and the days on which what they say now counts, by response.
pub(super) fn fold(
    case: &Case,
    mut points: Vec<DataPoint>,
    left: &BTreeSet<String>,
) -> (Vec<DataPoint>, BTreeMap<String, Date>) {
    let mut days = BTreeMap::new();
    for correction in case
        .responses
        .iter()
        .filter(|response| response.completed.is_some())
    {
        let Some(corrected) = correction
            .corrects
            .as_ref()
            .filter(|corrected| !left.contains(*corrected))
        else {
            continue;
        };
        // One that gave rise to nothing has no place that its correction could take.
        let Some(place) = points.iter().position(|point| *point.response == *corrected) else {
            continue;
        };
        let (theirs, others): (Vec<_>, Vec<_>) = points
            .into_iter()
            .partition(|point| *point.response == *corrected);
        let (new, mut rest): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|point| *point.response == correction.id);
        let Some(moment) = theirs.first().map(|point| point.recorded.clone()) else {
            points = rest;
            continue;
        };
        // What it took back of something else stays taken back.
        let taken_back = theirs.into_iter().filter(|point| {
            point.status == Status::EnteredInError && !new.iter().any(|newer| newer.id == point.id)
        });
        let in_place: Vec<DataPoint> = taken_back
            .chain(new.iter().cloned().map(|point| DataPoint {
                recorded: moment.clone(),
                ..point
            }))
            // What only the corrected had said was never heard: there is nothing to take back.
            .filter(|point| point.status == Status::Active || rest.iter().any(|other| other.id == point.id))
            .collect();
        let place = place.min(rest.len());
        rest.splice(place..place, in_place);
        points = rest;
        days.insert(correction.id.clone(), moment.date());
    }
    (points, days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn case() -> Case {
        let response = |id: &str, corrects: Option<&str>| json!({"id": id, "form": "f", "started": "2025-01-01", "completed": "2025-01-01", "corrects": corrects});
        let responses = [
            response("r0", None),
            response("s", None),
            response("r1", Some("r0")),
            response("r2", Some("r1")),
        ];
        serde_json::from_value(json!({"id": "c", "method": "m@1.0.0", "responses": responses})).unwrap()
    }

    fn point(response: &str, name: u128, day: u8, status: &str) -> DataPoint {
        let recorded = format!("2025-01-{day:02}T12:00:00Z");
        serde_json::from_value(json!({
            "id": Uuid::from_u128(name), "type": "t", "title": "T", "form": "f", "response": response, "identity": "i",
            "dated": "2025-01-01", "recorded": recorded, "status": status, "attributes": {},
        }))
        .unwrap()
    }

    fn told(points: &[DataPoint]) -> Vec<String> {
        points
            .iter()
            .map(|point| {
                format!(
                    "{} {} {}",
                    point.response,
                    point.id.as_u128(),
                    point.recorded.date()
                )
            })
            .collect()
    }

    fn points() -> Vec<DataPoint> {
        vec![
            point("r0", 1, 2, "active"),
            point("r0", 2, 2, "active"),
            point("s", 3, 3, "active"),
            point("r1", 1, 4, "active"),
            point("r1", 2, 4, "entered_in_error"),
            point("r2", 4, 5, "active"),
            point("r2", 1, 5, "entered_in_error"),
        ]
    }

    #[test]
    fn corrections_of_what_never_left_stand_where_the_first_stood() {
        let (found, days) = fold(&case(), points(), &BTreeSet::new());
        assert_eq!(told(&found), ["r2 4 2025-01-02", "s 3 2025-01-03"]);
        assert_eq!(days["r2"].to_string(), "2025-01-02");
    }

    #[test]
    fn corrections_of_what_may_have_left_stay_changes() {
        let (found, days) = fold(
            &case(),
            points(),
            &BTreeSet::from(["r0".to_owned(), "r1".to_owned()]),
        );
        assert_eq!(found, points());
        assert!(days.is_empty());
    }

    #[test]
    fn what_another_response_said_is_still_taken_back() {
        let mut points = points();
        points.insert(2, point("s", 1, 3, "active"));
        let (found, _) = fold(&case(), points, &BTreeSet::new());
        assert_eq!(
            told(&found),
            [
                "r2 4 2025-01-02",
                "r2 1 2025-01-02",
                "s 1 2025-01-03",
                "s 3 2025-01-03"
            ]
        );
    }

    #[test]
    fn a_correction_of_what_left_keeps_its_day_when_it_is_itself_corrected() {
        let (found, days) = fold(&case(), points(), &BTreeSet::from(["r0".to_owned()]));
        assert_eq!(days["r2"].to_string(), "2025-01-04");
        assert_eq!(
            told(&found),
            [
                "r0 1 2025-01-02",
                "r0 2 2025-01-02",
                "s 3 2025-01-03",
                "r1 2 2025-01-04",
                "r2 4 2025-01-04",
                "r2 1 2025-01-04"
            ]
        );
    }
}
