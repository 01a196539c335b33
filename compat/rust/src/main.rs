//! The scenarios of compat/ with the crate zookeeper-client: one line for each, then "N passed, N failed".

mod access;
mod admin;
mod clients;
mod gate;
mod multi;
mod restart;
mod server;
mod sessions;
mod tls;
mod uses;
mod watches;
mod world;
mod znodes;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use world::World;

const SCENARIO_LIMIT: Duration = Duration::from_secs(60);

type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One named check, or why the library cannot do it.
pub enum Scenario {
    Run(&'static str, fn(Arc<World>, &'static str) -> Body),
    Skip(&'static str, &'static str),
}

/// An entry of a table of scenarios: the name, and the function that takes the world and that name.
#[macro_export]
macro_rules! scenario {
    ($name:literal, $body:path) => {
        $crate::Scenario::Run($name, |world, name| Box::pin($body(world, name)))
    };
}

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps where and why the scenario's tasks fail, instead of printing it.
fn note_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}: ", place.file(), place.line())).unwrap_or_default();
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let why = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("panic");
        PANICS.lock().unwrap().push(format!("{place}{why}").replace('\n', " "));
    }));
}

async fn run(world: &Arc<World>, name: &'static str, body: fn(Arc<World>, &'static str) -> Body) -> bool {
    PANICS.lock().unwrap().clear();
    let began = Instant::now();
    let task = tokio::spawn(body(world.clone(), name));
    let stop = task.abort_handle();
    let ended = tokio::time::timeout(SCENARIO_LIMIT, task).await;
    let ms = began.elapsed().as_millis();
    let why = match ended {
        Ok(Ok(())) => {
            println!("ok {name} {ms}");
            return true;
        }
        Ok(Err(_)) => PANICS.lock().unwrap().first().cloned().unwrap_or_default(),
        Err(_) => {
            stop.abort();
            format!("did not end within {SCENARIO_LIMIT:?}")
        }
    };
    println!("FAIL {name} {ms}: {why}");
    false
}

async fn run_all(world: &Arc<World>, words: &[String]) -> (u32, u32) {
    let (mut passed, mut failed) = (0, 0);
    for scenario in all() {
        let (Scenario::Run(name, _) | Scenario::Skip(name, _)) = scenario;
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        match scenario {
            Scenario::Skip(name, why) => println!("skip {name}: {why}"),
            Scenario::Run(name, body) if run(world, name, *body).await => passed += 1,
            Scenario::Run(..) => failed += 1,
        }
    }
    (passed, failed)
}

fn all() -> impl Iterator<Item = &'static Scenario> {
    let tables = [
        znodes::SCENARIOS,
        watches::SCENARIOS,
        sessions::SCENARIOS,
        restart::SCENARIOS,
        multi::SCENARIOS,
        access::SCENARIOS,
        tls::SCENARIOS,
        admin::SCENARIOS,
        clients::SCENARIOS,
        uses::SCENARIOS,
    ];
    tables.into_iter().flatten()
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let world = Arc::new(World::new());
    note_panics();
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).expect("signals");
    tokio::select! {
        (passed, failed) = run_all(&world, &words) => {
            world.end(failed == 0);
            println!("{passed} passed, {failed} failed");
            std::process::exit(i32::from(failed > 0));
        }
        // A suite that is told to stop leaves no server behind.
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    world.end(false);
    std::process::exit(130);
}
