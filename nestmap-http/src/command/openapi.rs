//! `nestmap openapi`: prints the API's description.

use std::error::Error;
use std::io::Write as _;

use nestmap_http::openapi::document;

/// Prints it as the file that is committed.
pub(super) fn print() -> Result<(), Box<dyn Error>> {
    writeln!(std::io::stdout(), "{:#}", document())?;
    Ok(())
}
