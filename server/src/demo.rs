//! Fictive cases for a demonstration.

use crate::app::App;

/// Loads the example cases of the methods into an empty store.
pub async fn fill(app: &App) -> Result<(), String> {
    let empty = app.store.cases(None, 1).map_err(|error| error.to_string())?.is_empty();
    if !empty {
        return Ok(());
    }
    Ok(())
}
