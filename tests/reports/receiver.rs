//! The receiver's own checks find nothing to complain about.

use std::io::Write;
use std::process::{Command, Stdio};

use metode::emission::all_points;
use metode::evaluation::World;
use metode::report::{self, History};
use metode_tests::citizens::{Material, citizen};
use metode_tests::{library, only};
use std::rc::Rc;

#[test]
fn every_report_of_every_case_passes_the_gateways_checks() {
    let library = library();
    let template = library.report("ffb-uddatasaet@1.0.0").unwrap();
    let mut lines = Vec::new();
    let (mut count, mut refused) = (0, Vec::new());
    for (name, file) in super::cases(&library) {
        let daily = super::reports(template, &file);
        for made in daily.into_iter().chain(super::one_by_one(template, &file)) {
            match made {
                Ok(report) => {
                    count += 1;
                    report.write(&mut lines).unwrap();
                }
                Err(told) => refused.push(format!("{name}: {told}")),
            }
        }
    }
    assert!(count > 60, "only {count} reports");
    if checked(lines) {
        eprintln!(
            "{count} reports checked; {} refused before they left: {refused:#?}",
            refused.len()
        );
    }
}

#[test]
fn the_reports_of_made_up_citizens_pass_the_gateways_checks() {
    let material = Material::new(&library());
    let wanted = std::env::var("METODE_CITIZENS").map_or(50, |text| text.parse().unwrap());
    let (mut lines, mut count) = (Vec::new(), 0);
    for number in 0..wanted {
        let case = citizen(&material, number);
        let mut history = History::default();
        let world = World::new(&material.method, Rc::new(case), material.now.clone());
        history.add(&world, all_points(&world));
        for day in history.days() {
            let report = only(report::build(&material.template, &history, day))
                .unwrap()
                .unwrap();
            report.write(&mut lines).unwrap();
            count += 1;
        }
    }
    assert_eq!(
        count,
        2 * wanted,
        "one when the citizen was assessed, one when that was evaluated"
    );
    if checked(lines) {
        eprintln!("{count} reports of {wanted} citizens checked");
    }
}

/// Has the receiver's checker look at reports, one a line; `false` when there is none.
fn checked(lines: Vec<u8>) -> bool {
    let Some(gateway) = std::env::var_os("METODE_FFB_GATEWAY") else {
        eprintln!("NOT RUN: METODE_FFB_GATEWAY does not name the folder with the gateway's checker");
        return false;
    };
    let script = std::path::Path::new(&gateway).join("validate.mjs");
    let mut checker = Command::new("node")
        .arg(script)
        .args(["--errors-only", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = checker.stdin.take().unwrap();
    let writer = std::thread::spawn(move || to.write_all(&lines));
    let found = checker.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let told = String::from_utf8_lossy(&found.stdout);
    assert!(found.status.success(), "{told}");
    assert!(told.is_empty(), "{told}");
    true
}
