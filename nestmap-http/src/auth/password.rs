//! Passwords: what is accepted, and Argon2id on a bounded number of threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use nestmap_core::port::clock::Entropy;
use nestmap_core::{Code, Error};
use tokio::sync::Semaphore;

use super::common;
use crate::config::PasswordCost;
use crate::problem::retry_after;
use crate::secret::Secret;

/// How many log-ins may wait for a thread; a hash takes a few hundredths of a second.
const WAITING_MAX: usize = 64;
/// Longer passwords would let a client make us work.
const BYTES_MAX: usize = 256;
const LENGTH_MIN: usize = 12;

/// Hashes and checks passwords. Cheap to copy.
#[derive(Clone)]
pub struct Passwords {
    inner: Arc<Inner>,
}

struct Inner {
    params: Params,
    pepper: Vec<u8>,
    /// The hash of no password, checked where there is no login, so that both take the same time.
    dummy: String,
    threads: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Whether a password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It was.
    Right {
        /// The stored hash was made with other parameters than today's and should be made anew.
        outdated: bool,
    },
    /// It wasn't, or there was nothing to check it against.
    Wrong,
}

impl Passwords {
    /// Hashes at the given cost, on as many threads as there are processors.
    pub fn new(cost: PasswordCost, pepper: Option<&Secret>, entropy: &dyn Entropy) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32))
            .expect("the cost is a constant, or a test's");
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut inner = Inner {
            params,
            pepper: pepper.map_or(Vec::new(), |pepper| pepper.expose().as_bytes().to_vec()),
            dummy: String::new(),
            threads: Arc::new(Semaphore::new(threads)),
            waiting: AtomicUsize::new(0),
        };
        let mut nobody = [0; 32];
        entropy.fill(&mut nobody);
        inner.dummy = inner.hash(&nobody, &salt(entropy)).expect("random bytes can be hashed");
        Self { inner: Arc::new(inner) }
    }

    /// The hash of `password` in PHC string form, with a fresh salt.
    pub async fn hash(&self, password: &str, entropy: &dyn Entropy) -> Result<String, Error> {
        let (password, salt) = (password.to_owned(), salt(entropy));
        self.run(move |inner| inner.hash(password.as_bytes(), &salt)).await?
    }

    /// Whether `password` is the one of `stored`; takes as long where nothing is stored.
    pub async fn check(&self, password: &str, stored: Option<&str>) -> Result<Checked, Error> {
        let (password, stored) = (password.to_owned(), stored.map(str::to_owned));
        self.run(move |inner| inner.check(&password, stored.as_deref())).await
    }

    /// Runs on a blocking thread; refuses when too many wait already.
    ///
    /// Place and thread belong to the work, not to who waits for it: a client that hangs up ends
    /// its request, and the hash it asked for goes on until it is done.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = Place::enter(&self.inner)?;
        let threads = Arc::clone(&self.inner.threads);
        let thread = threads.acquire_owned().await.expect("the semaphore is never closed");
        let inner = Arc::clone(&self.inner);
        let worked = tokio::task::spawn_blocking(move || {
            let _held = (place, thread);
            work(&inner)
        });
        worked.await.map_err(|error| {
            Error::new(Code::Internal, "a password couldn't be checked").because(error)
        })
    }
}

/// A place among those who wait or work, given back when dropped.
struct Place(Arc<Inner>);

impl Place {
    fn enter(inner: &Arc<Inner>) -> Result<Self, Error> {
        let place = Self(Arc::clone(inner));
        let before = inner.waiting.fetch_add(1, Ordering::Relaxed);
        if before < WAITING_MAX + inner.threads.available_permits() {
            return Ok(place);
        }
        Err(retry_after(Error::new(Code::Overloaded, "too many people log in at the moment"), 2))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Inner {
    fn argon(&self) -> Argon2<'_> {
        Argon2::new_with_secret(
            &self.pepper,
            Algorithm::Argon2id,
            Version::V0x13,
            self.params.clone(),
        )
        .expect("a pepper of an environment variable's length is accepted")
    }

    fn hash(&self, password: &[u8], salt: &[u8]) -> Result<String, Error> {
        self.argon().hash_password_with_salt(password, salt).map(|hash| hash.to_string()).map_err(
            |error| Error::new(Code::Internal, "a password couldn't be hashed").because(error),
        )
    }

    fn check(&self, password: &str, stored: Option<&str>) -> Checked {
        let hash = PasswordHash::new(stored.unwrap_or(&self.dummy));
        let right = hash.as_ref().is_ok_and(|hash| {
            // Checks with the parameters of the stored hash.
            self.argon().verify_password(password.as_bytes(), hash).is_ok()
        });
        match hash {
            Ok(hash) if right && stored.is_some() => Checked::Right {
                outdated: Params::try_from(&hash).ok() != Some(self.params.clone()),
            },
            _ => Checked::Wrong,
        }
    }
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    salt
}

/// Refuses passwords that are guessed first: short ones, common ones, and the owner's own words.
pub fn check_strength(password: &str, own_words: &[&str]) -> Result<(), Error> {
    let weak = |expected: &str| {
        Err(Error::new(Code::PasswordWeak, format!("the password must be {expected}"))
            .field("password")
            .expected(expected))
    };
    if password.len() > BYTES_MAX {
        return weak("at most 256 bytes long");
    }
    if password.chars().count() < LENGTH_MIN {
        return weak("at least 12 characters long");
    }
    if common::is_guessed_first(password, own_words) {
        return weak("harder to guess: no common word, sequence, repetition, name or address");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) struct Counting(AtomicUsize);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            bytes.fill(u8::try_from(n % 256).unwrap());
        }
    }

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 8, passes: 1 };

    fn passwords(cost: PasswordCost, pepper: Option<&str>) -> (Passwords, Counting) {
        let entropy = Counting(AtomicUsize::new(1));
        let pepper = pepper.map(Secret::new);
        (Passwords::new(cost, pepper.as_ref(), &entropy), entropy)
    }

    #[test]
    fn the_cost_is_the_one_of_the_cheat_sheet() {
        assert_eq!(PasswordCost::default(), PasswordCost { memory_kib: 47_104, passes: 1 });
        let (passwords, _) = passwords(PasswordCost::default(), None);
        assert!(passwords.inner.dummy.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
    }

    #[tokio::test]
    async fn the_right_password_is_right_and_nothing_else_is() {
        let (passwords, entropy) = passwords(CHEAP, None);
        let hash = passwords.hash("correct horse battery", &entropy).await.unwrap();
        let check = |password: &'static str, stored: Option<String>| {
            let passwords = passwords.clone();
            async move { passwords.check(password, stored.as_deref()).await.unwrap() }
        };
        let right = Checked::Right { outdated: false };
        assert_eq!(check("correct horse battery", Some(hash.clone())).await, right);
        assert_eq!(check("correct horse battery ", Some(hash.clone())).await, Checked::Wrong);
        assert_eq!(check("correct horse battery", None).await, Checked::Wrong);
        assert_eq!(check("correct horse battery", Some("nonsense".into())).await, Checked::Wrong);
        let again = passwords.hash("correct horse battery", &entropy).await.unwrap();
        assert_ne!(hash, again, "each hash has its own salt");
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_outdated_and_the_pepper_counts() {
        let (cheap, entropy) = passwords(CHEAP, None);
        let hash = cheap.hash("correct horse battery", &entropy).await.unwrap();
        let (dearer, _) = passwords(PasswordCost { memory_kib: 16, passes: 1 }, None);
        let checked = dearer.check("correct horse battery", Some(&hash)).await.unwrap();
        assert_eq!(checked, Checked::Right { outdated: true });
        let (peppered, _) = passwords(CHEAP, Some("pepper"));
        let checked = peppered.check("correct horse battery", Some(&hash)).await.unwrap();
        assert_eq!(checked, Checked::Wrong);
    }

    #[tokio::test]
    async fn a_crowd_is_turned_away_instead_of_queued() {
        let (passwords, _) = passwords(CHEAP, None);
        let threads = passwords.inner.threads.available_permits();
        let crowd: Vec<_> =
            (0..WAITING_MAX + threads).map(|_| Place::enter(&passwords.inner).unwrap()).collect();
        let error = passwords.check("anything at all", None).await.unwrap_err();
        assert_eq!(error.code, Code::Overloaded);
        drop(crowd);
        assert_eq!(passwords.check("anything at all", None).await.unwrap(), Checked::Wrong);
    }

    /// A client that hangs up frees nothing: what it asked for goes on.
    #[tokio::test]
    async fn work_that_nobody_waits_for_any_more_keeps_its_thread_until_it_is_done() {
        let (passwords, _) = passwords(CHEAP, None);
        let threads = passwords.inner.threads.available_permits();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (finish, may_finish) = std::sync::mpsc::channel();
        let work = move |_: &Inner| {
            begun.send(()).unwrap();
            may_finish.recv().unwrap();
        };
        let asked = tokio::spawn({
            let passwords = passwords.clone();
            async move { passwords.run(work).await }
        });
        has_begun.await.unwrap();
        asked.abort();
        assert!(asked.await.unwrap_err().is_cancelled());
        let inner = &passwords.inner;
        assert_eq!(inner.threads.available_permits(), threads - 1);
        assert_eq!(inner.waiting.load(Ordering::Relaxed), 1);
        finish.send(()).unwrap();
        let back = async {
            while inner.threads.available_permits() < threads {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), back).await.unwrap();
        assert_eq!(inner.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn short_common_and_own_passwords_are_weak() {
        for weak in [
            "short",
            "elevenchars",
            "password1234",
            "P@ssw0rd!2024",
            "qwertyuiop12",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "ana.lopez1985",
            "letmeinletmein",
        ] {
            let error = check_strength(weak, &["ana.lopez@example.com", "Ana Lopez"]).unwrap_err();
            assert_eq!(error.code, Code::PasswordWeak, "{weak}");
        }
        assert!(check_strength(&"Ab3$".repeat(100), &[]).is_err());
        for good in ["correct horse battery", "mango-tram-9-violin", "Ünïcödé päßwörter"] {
            assert!(check_strength(good, &["ana.lopez@example.com"]).is_ok(), "{good}");
        }
    }
}
