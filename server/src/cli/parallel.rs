//! The same work on many things, on all cores.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Where the result of one item goes.
type Answer<R> = SyncSender<Result<R, String>>;
/// What the threads take their items from.
type Queue<T, R> = Arc<Mutex<Receiver<(T, Answer<R>)>>>;

/// Does the work for each item on all cores, and hands on what comes of it in the order of the items. Few items are on their
/// way at a time, however many there are. The first failure ends it.
pub fn in_order<T: Send, R: Send>(
    items: impl Iterator<Item = Result<T, String>>,
    work: impl Fn(T) -> Result<R, String> + Sync,
    mut done: impl FnMut(R) -> Result<(), String>,
) -> Result<(), String> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (give, take) = mpsc::sync_channel::<(T, Answer<R>)>(threads);
    // Held by the threads alone: when all have ended, nothing can be given any more.
    let take = Arc::new(Mutex::new(take));
    let worker = |take: Queue<T, R>| {
        let next = || take.lock().unwrap_or_else(PoisonError::into_inner).recv();
        while let Ok((item, answer)) = next() {
            // Nobody waits for it any more when another one failed.
            let _ = answer.send(work(item));
        }
    };
    let ended = |_| "a thread ended before its work was done".to_owned();
    thread::scope(|scope| {
        let spawn = |_| {
            let take = Arc::clone(&take);
            scope.spawn(|| worker(take))
        };
        let running: Vec<_> = (0..threads).map(spawn).collect();
        drop(take);
        let feed = move || {
            let mut waiting: VecDeque<Receiver<Result<R, String>>> = VecDeque::new();
            for item in items {
                let (answer, answered) = mpsc::sync_channel(1);
                give.send((item?, answer)).map_err(|_| ended(mpsc::RecvError))?;
                waiting.push_back(answered);
                if waiting.len() > 2 * threads
                    && let Some(first) = waiting.pop_front()
                {
                    done(first.recv().map_err(ended)??)?;
                }
            }
            for answered in waiting {
                done(answered.recv().map_err(ended)??)?;
            }
            Ok(())
        };
        let fed = feed();
        let joined = running.into_iter().map(thread::ScopedJoinHandle::join);
        match joined.filter(Result::is_err).count() {
            0 => fed,
            _ => fed.and(Err("a thread ended before its work was done".to_owned())),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_and_few_wait() {
        let away = AtomicUsize::new(0);
        let mut results = Vec::new();
        let items = (0..200_u64).map(|item| {
            let count = away.fetch_add(1, Ordering::SeqCst);
            assert!(
                count <= 3 * thread::available_parallelism().unwrap().get() + 1,
                "{count}"
            );
            Ok(item)
        });
        let work = |item: u64| {
            thread::sleep(Duration::from_micros((item * 37) % 400));
            Ok(item * item)
        };
        let done = |result| {
            away.fetch_sub(1, Ordering::SeqCst);
            results.push(result);
            Ok(())
        };
        in_order(items, work, done).unwrap();
        assert_eq!(results, (0..200).map(|item| item * item).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_failure_ends_it() {
        let failing = |at: u32| {
            move |item: u32| {
                if item == at {
                    Err(item.to_string())
                } else {
                    Ok(item)
                }
            }
        };
        let mut count = 0;
        let found = in_order((0..).map(Ok), failing(7), |_| {
            count += 1;
            Ok(())
        });
        assert_eq!((found, count), (Err("7".to_owned()), 7));
        let source = (0..9).map(failing(3));
        assert_eq!(in_order(source, Ok, |_| Ok(())), Err("3".to_owned()));
        let sink = |item| failing(4)(item).map(drop);
        assert_eq!(in_order((0..9).map(Ok), Ok, sink), Err("4".to_owned()));
    }

    #[test]
    fn work_that_panics_is_a_failure() {
        let work = |item: u32| {
            assert!(item < 5);
            Ok(item)
        };
        assert!(in_order((0..).map(Ok), work, |_| Ok(())).is_err());
    }
}
