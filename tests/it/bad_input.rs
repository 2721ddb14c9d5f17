//! Wrong input is refused with a stable code and the field at fault, and nothing is written.

mod bookings;
mod hostile;
mod policies;
mod searches;

use std::future::Future;

use nestmap_core::{Code, Error, Result};

use crate::stage::{Scene, ready};

impl Scene {
    /// The call is refused with `code`, names `field`, and leaves the store as it was.
    fn refuses<T>(&self, code: Code, field: &str, call: impl Future<Output = Result<T>>) -> Error {
        let before = self.memory.contents();
        let error = match ready(call) {
            Err(error) => error,
            Ok(_) => panic!("expected `{code}` about `{field}`, but it was done"),
        };
        assert_eq!((error.code, named(&error)), (code, field), "{error:?}");
        assert!(self.memory.contents() == before, "`{code}` about `{field}` wrote something");
        error
    }
}

/// The field an error names, or nothing.
fn named(error: &Error) -> &str {
    error.details.get("field").and_then(|field| field.as_str()).unwrap_or("")
}
