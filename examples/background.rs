//! Trains a background on an archive of news and groups a batch with it.

use qissa::text::{Background, Language};
use qissa::{Article, Config, Engine};

fn main() -> Result<(), qissa::Error> {
    let archive: Vec<Article<'_>> = (0..200)
        .map(|day| {
            let title = format!("Council of town {day} meets about the budget of year {day}");
            Article::headline(day.to_string(), title)
        })
        .collect();
    let engine = Engine::new(Config::default().check()?);
    let english = Language::from_tag("en");
    let trained = engine.train_background(&archive, english, "councils", &());

    // A background is stored as bytes.
    let stored = trained.to_bytes();
    let engine = engine.with_background(Background::from_bytes(&stored)?);
    let clustering = engine.group(&[
        Article::headline("a", "Council meets about the harbour fire"),
        Article::headline("b", "Council meets about the new school"),
    ]);
    println!("{} stories", clustering.stories.len());
    Ok(())
}
