//! A store with as many cases as wanted: `cargo bench -p metode-tests --bench stored -- CITIZENS FOLDER`.
//!
//! The citizens are those of the bench `country`, each with an assessment and an evaluation, saved as people save them: the case,
//! its history and its data points in one step. What reads many cases is then measured on it, for instance
//! `metode report ffb-uddatasaet@1.0.0 --data FOLDER --out OTHER`.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use metode::emission::all_points;
use metode::evaluation::World;
use metode_server::app::{App, Methods};
use metode_server::casework::{Actor, What, fresh, save};
use metode_server::delivery::Delivery;
use metode_server::store;
use metode_server::view::Pages;
use metode_tests::citizens::{Material, citizen};
use tokio::task::JoinSet;

/// How many are saved at once.
const AT_ONCE: usize = 64;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let (citizens, folder) = match words.as_slice() {
        [citizens, folder] => (citizens.parse().expect("how many citizens"), folder.clone()),
        _ => return println!("how many citizens, and in which folder?"),
    };
    std::fs::create_dir_all(&folder).expect("a folder");
    let library = metode_tests::library();
    let material = Arc::new(Material::new(&library));
    let app = Arc::new(App {
        methods: Methods::new(library),
        store: store::open(Path::new(&folder)).expect("a store"),
        pages: Pages::new().expect("pages"),
        demo: false,
        delivery: Delivery::default(),
    });
    let begun = Instant::now();
    fill(app, material, citizens);
    println!("{citizens} citizens in {} s", begun.elapsed().as_secs());
}

#[tokio::main]
async fn fill(app: Arc<App>, material: Arc<Material>, citizens: usize) {
    let mut saving = JoinSet::new();
    for number in 0..citizens {
        if saving.len() >= AT_ONCE {
            saving
                .join_next()
                .await
                .expect("one is on its way")
                .expect("saved");
        }
        saving.spawn(put(Arc::clone(&app), Arc::clone(&material), number));
    }
    saving.join_all().await;
}

async fn put(app: Arc<App>, material: Arc<Material>, number: usize) {
    let mut opened = fresh(&app, &material.method.name()).expect("the method");
    let mut case = citizen(&material, number);
    case.id.clone_from(&opened.case.id);
    {
        let world = World::new(&opened.method, Rc::new(case.clone()), material.now.clone());
        opened.points = all_points(&world);
    }
    let completed = case.responses.iter().map(|response| What::Completed {
        place: response.id.clone(),
        form: response.form.clone(),
        points: opened
            .points
            .iter()
            .filter(|point| *point.response == *response.id)
            .count(),
    });
    opened.events.extend(completed);
    opened.case = case;
    let actor = Actor {
        name: "Bench".to_owned(),
        page: None,
    };
    save(&app, &mut opened, &actor).await.expect("saved");
}
