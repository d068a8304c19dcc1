//! What all requests share, and the web server itself.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use metode::definition::Library;
use metode::diagnostic;
use tokio::net::TcpListener;
use tokio::signal;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::bundle::{Installation, State, errors};
use crate::casework::DEMO_USERS;
use crate::config::{Config, Serve};
use crate::delivery::{Delivery, Settings};
use crate::store::Store;
use crate::view::Pages;
use crate::{cli, demo, routes};

/// How often to look whether something was installed.
const WATCH: Duration = Duration::from_secs(1);

/// What all requests share.
pub struct App {
    /// The methods.
    pub methods: Methods,
    /// The cases.
    pub store: Arc<dyn Store>,
    /// The templates.
    pub pages: Pages,
    /// Whether fictive people work on fictive cases.
    pub demo: bool,
    /// Where reports and messages go.
    pub delivery: Delivery,
}

/// The one [`App`] of a server.
pub type Shared = Arc<App>;

/// The methods as they are now: what is installed or withdrawn takes the place of the whole.
pub struct Methods(RwLock<Arc<Library>>);

impl Methods {
    /// The methods at the start.
    pub fn new(library: Library) -> Self {
        Self(RwLock::new(Arc::new(library)))
    }

    /// Puts others in their place; who works with the former ones keeps them.
    pub fn replace(&self, library: Library) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(library);
    }
}

impl App {
    /// The methods as they are now.
    pub fn library(&self) -> Arc<Library> {
        Arc::clone(&self.methods.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The names that one can work under.
    pub fn users(&self) -> &'static [&'static str] {
        if self.demo { &DEMO_USERS } else { &["Lokal bruger"] }
    }
}

/// Runs the web server until the process is asked to stop.
pub fn run(options: Serve) -> ExitCode {
    log();
    let config = match Config::try_from(options) {
        Ok(config) => config,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::from(cli::WRONG_USAGE);
        }
    };
    match block_on(serve(config)) {
        Ok(()) => ExitCode::from(cli::FINE),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(cli::PROBLEMS)
        }
    }
}

/// Writes what happens to standard error, as much as `METODE_LOG` asks for.
pub(crate) fn log() {
    let filter = EnvFilter::try_from_env("METODE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
}

/// Waits for a task and what it started.
pub(crate) fn block_on<T>(task: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let result = runtime.block_on(task);
    // An answer that is still waited for must not keep the process: the report is sent again.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// Reads the definitions, with what is installed beside them, and opens the store.
pub(crate) fn open(
    definitions: &Path,
    data: &Path,
    demo: bool,
    mut settings: Settings,
) -> Result<Shared, String> {
    let loaded = Installation::new(data, definitions).load();
    eprint!("{}", diagnostic::render(&errors(loaded.diagnostics)));
    let library = loaded.library;
    if library.methods().is_empty() {
        return Err(format!(
            "there is no method without errors in `{}`",
            definitions.display()
        ));
    }
    if demo && settings.is_empty() {
        settings.demo(&library, &data.join("reports"));
    }
    let delivery = settings.delivery(&library)?;
    std::fs::create_dir_all(data).map_err(|error| format!("`{}`: {error}", data.display()))?;
    let store = crate::store::open(data).map_err(|error| error.to_string())?;
    let pages = Pages::new().map_err(|error| format!("{error:#}"))?;
    Ok(Arc::new(App {
        methods: Methods::new(library),
        store,
        pages,
        demo,
        delivery,
    }))
}

/// Serves pages, and delivers reports and messages, until the process is asked to stop.
pub async fn serve(config: Config) -> Result<(), String> {
    let installation = Installation::new(&config.data, &config.definitions);
    let installed = installation.state();
    let app = open(&config.definitions, &config.data, config.demo, config.delivery)?;
    if app.demo {
        demo::fill(&app).await?;
    }
    tokio::spawn(take_up(Arc::clone(&app), installation, installed));
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("{}: {error}", config.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("http://{}/", shown(address));
    let (stop, stopping) = watch::channel(false);
    let mut tasks = Delivery::start(&app, &stopping);
    let served = axum::serve(listener, routes::router(app)).with_graceful_shutdown(stopped());
    let ended = served.await.map_err(|error| error.to_string());
    stop.send_replace(true);
    while tasks.join_next().await.is_some() {}
    ended
}

/// Takes up what is installed or withdrawn while the server runs.
async fn take_up(app: Shared, installation: Installation, mut seen: State) {
    loop {
        tokio::time::sleep(WATCH).await;
        let (here, before) = (installation.clone(), seen.clone());
        let news = tokio::task::spawn_blocking(move || {
            let state = here.state();
            (state != before).then(|| (state, here.load()))
        });
        if let Ok(Some((state, mut loaded))) = news.await {
            // A version is withdrawn while no server runs. What is missing now was damaged, and is in use.
            loaded.library.keep(&app.library());
            eprint!("{}", diagnostic::render(&errors(loaded.diagnostics)));
            let names: Vec<String> = loaded
                .library
                .methods()
                .iter()
                .map(|method| method.name())
                .collect();
            tracing::info!(methods = names.join(", "), "what is installed has changed");
            app.methods.replace(loaded.library);
            seen = state;
        }
    }
}

/// The address as one can type it into a browser.
fn shown(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}

/// Waits until somebody stops the process.
pub(crate) async fn stopped() {
    let interrupt = async {
        // Without a handler for the signal there is nothing to wait for but the other one.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
