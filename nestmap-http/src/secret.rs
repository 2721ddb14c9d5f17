//! Secrets, and which of them are none.

pub use nestmap_providers::http::Secret;

/// What is wrong with a secret as a signing key; nothing when it is long and random enough.
///
/// 32 characters of base64 or hexadecimal carry at least 128 bits. The check finds what people
/// copy from guides and what they type on a keyboard; it can't prove randomness.
pub fn weakness(secret: &Secret) -> Option<&'static str> {
    const PLACEHOLDERS: [&str; 16] = [
        "secret",
        "change",
        "your-",
        "your_",
        "example",
        "password",
        "placeholder",
        "default",
        "insert",
        "todo",
        "xxxx",
        "12345",
        "abcdef",
        "qwert",
        "nestmap",
        "letmein",
    ];
    let lower = secret.expose().to_lowercase();
    let distinct: std::collections::BTreeSet<char> = secret.expose().chars().collect();
    if secret.expose().chars().count() < 32 {
        Some("is shorter than 32 characters")
    } else if PLACEHOLDERS.iter().any(|word| lower.contains(word)) {
        Some("looks like a placeholder")
    } else if distinct.len() < 10 {
        Some("has fewer than 10 different characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_guides_and_keyboards_bring_is_weak() {
        for weak in [
            "",
            "short",
            "your-256-bit-secret-key-for-tokens!!",
            "CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "0123456789012345678901234567890123456789",
        ] {
            assert!(weakness(&Secret::new(weak)).is_some(), "{weak}");
        }
        let random = Secret::new("Zk3v9Qm1Yt7Rb5Xc8Wd2Hf6Jg4Ln0PsU");
        assert_eq!(weakness(&random), None);
    }
}
