//! Passwords that are guessed first, found by what is left when their decoration is taken off.
//!
//! People make a common word long enough with digits, symbols, capitals and look-alike letters.
//! Undone, few words remain, so a short list catches what a long list of leaked passwords would.

/// Words at the heart of common passwords.
const WORDS: [&str; 48] = [
    "password",
    "passwort",
    "passw",
    "passphrase",
    "letmein",
    "welcome",
    "willkommen",
    "admin",
    "administrator",
    "login",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "monkey",
    "dragon",
    "master",
    "shadow",
    "superman",
    "batman",
    "michael",
    "jordan",
    "jennifer",
    "trustno",
    "starwars",
    "whatever",
    "freedom",
    "computer",
    "internet",
    "secret",
    "changeme",
    "default",
    "guest",
    "test",
    "testing",
    "hello",
    "summer",
    "winter",
    "spring",
    "autumn",
    "travel",
    "company",
    "nestmap",
    "charlie",
    "cheese",
    "killer",
    "pokemon",
];

/// Rows of keyboards and other orders that fingers know.
const SEQUENCES: [&str; 6] = [
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "01234567890123456789",
];

/// Whether little is left of `password` without its decoration, or it is made of the owner's words.
pub(super) fn is_guessed_first(password: &str, own_words: &[&str]) -> bool {
    let lower = password.to_lowercase();
    let plain = undecorated(&lower);
    let own = own_words.iter().flat_map(|text| words_of(text));
    is_repetition(&lower)
        || own_words.iter().any(|text| holds(&lower, &text.to_lowercase()))
        || is_sequence(&lower)
        || is_sequence(&plain)
        || WORDS.iter().any(|word| carries(&plain, word))
        || own.into_iter().any(|word| carries(&plain, &word))
}

/// Letters only, with look-alike digits and symbols read as letters.
fn undecorated(lower: &str) -> String {
    let alike = |c: char| match c {
        '0' => Some('o'),
        '1' | '!' => Some('i'),
        '3' => Some('e'),
        '4' | '@' => Some('a'),
        '5' | '$' => Some('s'),
        '7' => Some('t'),
        c => c.is_alphabetic().then_some(c),
    };
    // Digits at the end are a number, not letters in disguise.
    let body = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    body.chars().filter_map(alike).collect()
}

/// Whether `word` once or repeated is all of the text but for a few letters.
fn carries(plain: &str, word: &str) -> bool {
    let rest = plain.replace(word, "");
    rest.len() < plain.len() && rest.chars().count() < 4
}

/// Whether the owner's text is the better part of the password, or the password is part of it.
fn holds(lower: &str, own: &str) -> bool {
    let rest = lower.replace(own, "");
    !own.is_empty() && (own.contains(lower) || rest.len() < own.len().min(lower.len()))
}

/// The words of an address or a name, long enough to be telling.
fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= 4);
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.push(
        lower.split('@').next().unwrap_or("").chars().filter(|c| c.is_alphabetic()).collect(),
    );
    words.retain(|word| word.chars().count() >= 4);
    words
}

/// One piece of up to four characters again and again, or fewer than five different characters.
fn is_repetition(lower: &str) -> bool {
    let letters: Vec<char> = lower.chars().collect();
    let repeats = |n: usize| letters.iter().enumerate().all(|(i, c)| *c == letters[i % n]);
    let distinct: std::collections::BTreeSet<_> = letters.iter().collect();
    distinct.len() < 5 || (1..=4).any(|n| n < letters.len() && repeats(n))
}

/// A run along a keyboard or the alphabet, forwards or backwards, but for a few characters.
fn is_sequence(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let in_order = |pair: &[char]| {
        let pair: String = pair.iter().collect();
        let turned: String = pair.chars().rev().collect();
        SEQUENCES.iter().any(|row| row.contains(&pair) || row.contains(&turned))
    };
    let steps = letters.windows(2).filter(|pair| in_order(pair)).count();
    letters.len() >= 4 && steps + 3 > letters.len()
}
