//! An index in memory: who its items are, their texts in buckets, their groups. Nothing here reads
//! or writes; what a commit has to keep is handed out as a [`Segment`].
//!
//! An item costs its keys, its print and its headline; bodies are not held.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::claims::Claims;
use super::number_set::Numbers;
use super::{Decided, Decision, Event, Item, Kind, Labels, Moment, Relabelled, Segment, Version};
use crate::article::{Article, Id, Timestamp};
use crate::blocking::{BlockingKeys, KeyMaker, Keyed, LiveDuplicates};
use crate::canonical::{self, Body, CanonicalScore, ItemFeatures, Weights};
use crate::identity::Identity;
use crate::identity::likeness::{self, Likeness, Title};
use crate::ids::{IdVec, TextId};
use crate::text::Backgrounds;
use crate::verify::{DuplicateVerifier, Fingerprint, MatchKind};

/// In a group of more than twice this many items only this many of the first and of the last can be
/// canonical.
const SCORED: usize = 64;

/// The items that can be canonical of groups of copies, by their labels, with their scores.
type Scored = HashMap<u64, Vec<(u64, CanonicalScore)>>;

/// An item on its way in, with what it is compared by.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// The item.
    pub article: &'a Article<'a>,
    /// Who it is.
    pub identity: Identity,
    /// The item without its text, if the settings leave that out.
    pub textless: Option<Article<'a>>,
    /// How far its source is trusted, in 0..=1.
    pub trust: f64,
    /// What it is compared by; nothing, if it is too short.
    pub text: Option<(Fingerprint, BlockingKeys)>,
}

/// An id that several items of a feed bear, so that it identifies none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WornId {
    /// The name of the feed; empty if its items do not tell.
    pub source: String,
    /// The id.
    pub id: Id<'static>,
}

/// What it is worth that two items share an id or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// They share the address of one article.
    Page,
    /// They share an id that no third item bears.
    Id,
    /// They share an id or a link that other items have too, or that is no article's by its form.
    Weak,
    /// They share a link, but each has an id of its own.
    OtherId,
    /// They share nothing that tells items apart.
    None,
}

/// What is held of an item.
#[derive(Debug)]
struct Entry {
    id: Id<'static>,
    says: Says,
    first: i64,
    guid: Option<u64>,
    link: Option<u64>,
    names_article: bool,
    versions: Vec<StoredVersion>,
}

/// What is held of a version of an item.
#[derive(Debug)]
struct StoredVersion {
    /// A hash of what it says.
    says: u64,
    /// All that it claims: its ids, its link and its text.
    keys: Box<[u64]>,
    /// The text it is compared by.
    text: Option<TextId>,
    /// The segment it was last written in.
    home: u64,
    /// The seconds that had passed in the index when it was last written.
    written: i64,
}

impl Entry {
    /// Whether a version says this.
    fn says(&self, text: u64) -> bool {
        self.versions.iter().any(|version| version.says == text)
    }

    /// Whether a version claims this.
    fn claims(&self, key: u64) -> bool {
        self.versions
            .iter()
            .any(|version| version.keys.contains(&key))
    }
}

/// What an item is chosen by, as its last version has it.
#[derive(Debug)]
struct Says {
    title: Box<str>,
    /// What tells the news, where that is not the whole headline.
    told: Option<Box<str>>,
    body: Body,
    source: Option<Box<str>>,
    trust: f64,
    published: Option<i64>,
}

impl Says {
    fn of(one: &Incoming<'_>) -> Self {
        let article = one.textless.as_ref().unwrap_or(one.article);
        let told = canonical::title_or_opening(article);
        Says {
            title: (&*article.title).into(),
            told: (told != article.title).then(|| (&*told).into()),
            body: Body::of(article),
            source: article.source.as_deref().map(Into::into),
            trust: one.trust,
            published: article.published.map(|when| when.0),
        }
    }

    fn traits(&self, copies: u64) -> ItemFeatures<'_> {
        ItemFeatures {
            title: &self.title,
            headline: self.told.as_deref().unwrap_or(&self.title).into(),
            body: self.body,
            source: self.source.as_deref(),
            trust: self.trust,
            published: self.published.map(Timestamp),
            copies,
        }
    }
}

/// The index.
#[derive(Debug)]
pub struct Index {
    items: HashMap<u64, Entry>,
    claims: Claims,
    /// The first id of each feed that other items turned out to bear too, since the index was
    /// opened.
    worn: Vec<WornId>,
    homes: HashMap<u64, Vec<u64>>,
    users: IdVec<TextId, Numbers>,
    copies: LiveDuplicates,
    near: Labels,
    stories: Labels,
    canonicals: HashMap<u64, u64>,
    /// The labels of groups that may be without a canonical item of their own.
    widowed: BTreeSet<u64>,
    /// The items that are or were canonical.
    shown: HashSet<u64>,
    /// Groups whose items, but for the first, are passed over: such an item cannot be canonical
    /// later.
    passed_over: Option<Kind>,
    /// An item is old if its own date is so many seconds before it came.
    max_age: Option<i64>,
    /// Whether old items are passed over: such an item cannot be canonical, even of a group that
    /// begins with it.
    passes_over_old: bool,
    kind: Kind,
    weights: Weights,
    backgrounds: Backgrounds,
    next: u64,
    /// Items from this number on are of the commit at hand.
    mark: u64,
    /// Versions that are to be told as if they came for the first time.
    untold: HashSet<Version>,
}

impl Index {
    /// An empty index that tells groups of `kind`.
    pub fn new(
        key_maker: KeyMaker,
        verifier: DuplicateVerifier,
        weights: Weights,
        kind: Kind,
    ) -> Self {
        Index {
            items: HashMap::new(),
            claims: Claims::default(),
            worn: Vec::new(),
            homes: HashMap::new(),
            users: IdVec::default(),
            copies: LiveDuplicates::new(key_maker, verifier),
            near: Labels::default(),
            stories: Labels::default(),
            canonicals: HashMap::new(),
            widowed: BTreeSet::new(),
            shown: HashSet::new(),
            passed_over: None,
            max_age: None,
            passes_over_old: false,
            kind,
            weights,
            backgrounds: Backgrounds::default(),
            next: 0,
            mark: 0,
            untold: HashSet::new(),
        }
    }

    /// The same, which takes how rare words are from these backgrounds.
    pub fn with_backgrounds(mut self, backgrounds: Backgrounds) -> Self {
        self.backgrounds = backgrounds;
        self
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number that the next new item gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Items of former commits have lesser numbers.
    pub fn next_before(&self) -> u64 {
        self.mark
    }

    /// Makes sure that numbers before this are not given again.
    pub fn skip_to(&mut self, next: u64) {
        self.next = self.next.max(next);
        self.mark = self.next;
    }

    /// Whether an item is there.
    pub fn contains(&self, number: u64) -> bool {
        self.items.contains_key(&number)
    }

    /// The labels of a kind of group.
    pub fn labels(&self, kind: Kind) -> &Labels {
        if kind == Kind::Duplicates {
            &self.near
        } else {
            &self.stories
        }
    }

    /// Takes items in and says of each what it is by its identity, and its number. What they are to
    /// others is said by [`Index::decide`], once groups are settled.
    pub fn take(
        &mut self,
        incoming: &[Incoming<'_>],
        moment: Moment,
        segment: &mut Segment,
    ) -> Vec<(Decision, u64)> {
        self.mark = self.next;
        let mut fresh = Vec::new();
        let known = incoming
            .iter()
            .map(|one| self.take_one(one, moment, segment, &mut fresh))
            .collect();
        self.add_texts(&fresh, LiveDuplicates::insert);
        known
    }

    /// What an item would be if it came now, for all that its identity and its text tell: the item
    /// that it is again or of which it is a copy, and how like it is to that.
    pub fn look(&self, one: &Incoming<'_>) -> (Decision, Option<(u64, f64)>) {
        if let Some(number) = self.known(one) {
            let is_known = self.items[&number].says(one.identity.text);
            return (
                if is_known {
                    Decision::Seen
                } else {
                    Decision::Update
                },
                Some((number, 1.0)),
            );
        }
        let nearest = one
            .text
            .as_ref()
            .and_then(|(print, keys)| self.copies.nearest((print, keys)));
        let copy = nearest.and_then(|(text, similarity)| {
            self.users[text].first().map(|number| (number, similarity))
        });
        (
            if copy.is_some() {
                Decision::Duplicate
            } else {
                Decision::New
            },
            copy,
        )
    }

    /// Takes items in again under the numbers they had; `incoming` are what they are compared by.
    /// They must come in the order of their numbers.
    pub fn retake(&mut self, items: &[&Item], incoming: &[Incoming<'_>], segment: &mut Segment) {
        self.mark = self.next;
        for (&item, one) in items.iter().zip(incoming) {
            if !self.items.contains_key(&item.number) {
                self.enter(item, one);
            }
            self.add_version(item.number, one, (segment.number, 0));
            segment.items.push(item.clone());
        }
        let texts: Vec<_> = items.iter().map(|item| item.number).zip(incoming).collect();
        self.add_texts(&texts, LiveDuplicates::insert);
    }

    /// Takes an item in; what it says that is new goes to `fresh`.
    fn take_one<'i>(
        &mut self,
        one: &'i Incoming<'i>,
        moment: Moment,
        segment: &mut Segment,
        fresh: &mut Vec<(u64, &'i Incoming<'i>)>,
    ) -> (Decision, u64) {
        let Some(number) = self.known(one) else {
            let number = self.next;
            let item = Item::of(one.article, number, moment.time);
            self.note_worn(one);
            self.enter(&item, one);
            self.add_version(number, one, (segment.number, moment.passed));
            fresh.push((number, one));
            segment.items.push(item);
            return (Decision::New, number);
        };
        let (entry, text) = (&self.items[&number], one.identity.text);
        let written = entry
            .versions
            .iter()
            .find(|version| version.says == text)
            .map(|version| version.written);
        let decision = match entry.versions.first() {
            _ if !self.untold.remove(&(number, text)) && written.is_some() => Decision::Seen,
            Some(first) if first.says == text => Decision::New,
            _ => Decision::Update,
        };
        if written.is_some_and(|written| moment.passed - written < moment.refresh) {
            return (decision, number);
        }
        segment
            .items
            .push(Item::of(one.article, number, entry.first));
        self.restate(number, segment);
        let home = (segment.number, moment.passed);
        if written.is_some() {
            self.settle_version(number, text, home);
        } else {
            self.add_version(number, one, home);
            fresh.push((number, one));
        }
        (decision, number)
    }

    /// Writes again of which groups an item is: what said so before may expire while the item
    /// stays.
    fn restate(&self, number: u64, segment: &mut Segment) {
        segment.copies.push((number, self.near.label(number)));
        segment.stories.push((number, self.stories.label(number)));
        let label = self.labels(self.kind).label(number);
        segment
            .canonicals
            .extend((self.canonicals.get(&label) == Some(&number)).then_some((label, number)));
    }

    /// The item that this is again: one that says the same, else the one most like it of those that
    /// share its id or its link.
    fn known(&self, one: &Incoming<'_>) -> Option<u64> {
        let Identity {
            guid,
            link,
            number,
            feed_text,
            ..
        } = one.identity;
        let claimed = || {
            [guid, link, number]
                .into_iter()
                .flatten()
                .flat_map(|key| self.claims.of(key))
        };
        let again = |number: &u64| self.says_again(&self.items[number], &one.identity);
        if let Some(number) = claimed().find(again) {
            return Some(number);
        }
        let tells_nothing = |key: Option<u64>| key.is_none_or(|key| self.claims.is_shared(key));
        let by_text = || {
            self.claims
                .of(feed_text)
                .next()
                .filter(|_| tells_nothing(link))
        };
        let like = || {
            claimed().next()?;
            let said = one
                .text
                .as_ref()
                .and_then(|(print, _)| print.title_text())
                .unwrap_or(&one.article.title);
            let title = Title::of(said);
            claimed()
                .filter_map(|number| Some((self.likeness(number, one, title.as_ref())?, number)))
                .max()
        };
        // An id that an item unlike this bears says as little as none.
        let is_borne = guid.is_some_and(|guid| self.claims.of(guid).next().is_some());
        by_text()
            .filter(|_| tells_nothing(guid))
            .or_else(|| like().map(|(_, number)| number))
            .or_else(|| by_text().filter(|_| is_borne))
    }

    /// Whether an item that says what another has said, and shares its id or its link, is that.
    fn says_again(&self, entry: &Entry, identity: &Identity) -> bool {
        let has_said = entry.says(identity.text);
        has_said
            && match self.claim(entry, identity) {
                Claim::Page | Claim::Id | Claim::Weak => true,
                // A feed that has changed its ids, unless all that it says is "Photo".
                Claim::OtherId => {
                    !identity.is_label || identity.names_article && !self.is_worn(identity.link)
                }
                Claim::None => false,
            }
    }

    fn is_worn(&self, key: Option<u64>) -> bool {
        key.is_some_and(|key| self.claims.is_shared(key))
    }

    /// What the id and the link of an item are worth as a claim to be another.
    fn claim(&self, entry: &Entry, identity: &Identity) -> Claim {
        let shares = |key: Option<u64>| key.is_some_and(|key| entry.claims(key));
        let differs = |key: Option<u64>, other: Option<u64>| {
            key.is_some()
                && other.is_some()
                && !shares(key)
                && !self.is_worn(key)
                && !self.is_worn(other)
        };
        let (same_guid, same_link) = (shares(identity.guid), shares(identity.link));
        let names_article =
            same_link && (identity.names_article || entry.names_article) && !identity.shares_page;
        let other_guid = differs(identity.guid, entry.guid);
        let other_link = differs(identity.link, entry.link);
        match () {
            () if same_link && other_guid => Claim::OtherId,
            () if names_article && !self.is_worn(identity.link) => Claim::Page,
            () if same_guid && !self.is_worn(identity.guid) => {
                if other_link {
                    Claim::Weak
                } else {
                    Claim::Id
                }
            }
            () if same_link || same_guid && !other_link => Claim::Weak,
            // The slug has followed the headline.
            () if shares(identity.number) && !self.is_worn(identity.number) => Claim::Weak,
            () => Claim::None,
        }
    }

    /// How like an item with this title is to one that it claims to be, if that is enough for the
    /// claim.
    fn likeness(&self, number: u64, one: &Incoming<'_>, title: Option<&Title>) -> Option<Likeness> {
        let entry = &self.items[&number];
        let claim = self.claim(entry, &one.identity);
        if matches!(claim, Claim::OtherId | Claim::None) {
            return None;
        }
        let known = self.text_of(number).map(|text| self.copies.print(text));
        let said = known
            .and_then(Fingerprint::title_text)
            .unwrap_or(&entry.says.title);
        let titles = title.and_then(|title| Some(title.likeness(&Title::of(said)?)));
        if claim == Claim::Weak && titles == Some(Likeness::Unlike) {
            return None;
        }
        let texts = known.zip(one.text.as_ref()).and_then(|(known, (new, _))| {
            let (known, new) = (known.body.as_ref()?, new.body.as_ref()?);
            Some(likeness::of_shared(
                known.overlap(new)?.shared,
                known.set.len().min(new.set.len()),
            ))
        });
        let most = titles.max(texts);
        let is_enough = match claim {
            Claim::Page => most.is_none_or(|most| most >= Likeness::SharedWord),
            Claim::Id => most.is_none_or(|most| most >= Likeness::Alike),
            _ => most == Some(Likeness::Alike) && texts != Some(Likeness::Unlike),
        };
        // What cannot be compared is as good as alike.
        is_enough.then(|| most.unwrap_or(Likeness::Alike))
    }

    /// Notes that a new item bears the id of another, if that is the first of its feed that does.
    fn note_worn(&mut self, one: &Incoming<'_>) {
        let is_borne =
            |key: u64| self.claims.of(key).next().is_some() && !self.claims.is_shared(key);
        if one.identity.guid.is_some_and(is_borne) {
            let source = one.article.source.as_deref().unwrap_or_default().to_owned();
            if self.worn.iter().all(|worn| worn.source != source) {
                self.worn.push(WornId {
                    source,
                    id: one.article.id.clone().into_owned(),
                });
            }
        }
    }

    /// The ids of which it turned out that several items of a feed bear them, one of each feed.
    pub fn worn(&self) -> &[WornId] {
        &self.worn
    }

    fn enter(&mut self, item: &Item, one: &Incoming<'_>) {
        self.next = self.next.max(item.number + 1);
        let entry = Entry {
            id: item.id.clone(),
            says: Says::of(one),
            first: item.first,
            guid: one.identity.guid,
            link: one.identity.link,
            names_article: one.identity.names_article,
            versions: Vec::with_capacity(1),
        };
        self.items.insert(item.number, entry);
    }

    /// Notes in which segment a version of an item was last written, and after how many seconds.
    fn settle_version(&mut self, number: u64, says: u64, (home, written): (u64, i64)) {
        let Some(entry) = self.items.get_mut(&number) else {
            return;
        };
        for version in entry
            .versions
            .iter_mut()
            .filter(|version| version.says == says)
        {
            version.written = written;
            if version.home != home {
                version.home = home;
                self.homes.entry(home).or_default().push(number);
            }
        }
    }

    /// Notes that an item says this too, in a segment; [`Index::add_texts`] adds what it is
    /// compared by.
    fn add_version(&mut self, number: u64, one: &Incoming<'_>, (home, written): (u64, i64)) {
        let Some(entry) = self.items.get_mut(&number) else {
            return;
        };
        if !entry.versions.is_empty() {
            entry.says = Says::of(one);
            entry.guid = one.identity.guid.or(entry.guid);
            entry.link = one.identity.link.or(entry.link);
            entry.names_article |= one.identity.names_article;
        }
        let Identity {
            guid,
            link,
            number: page_number,
            feed_text,
            ..
        } = one.identity;
        let keys: Box<[u64]> = [guid, link, page_number, Some(feed_text)]
            .into_iter()
            .flatten()
            .collect();
        for &key in keys.iter().filter(|&&key| !entry.claims(key)) {
            self.claims.add(key, number);
        }
        entry.versions.push(StoredVersion {
            says: one.identity.text,
            keys,
            text: None,
            home,
            written,
        });
        self.homes.entry(home).or_default().push(number);
    }

    /// Adds what new versions of items are compared by, in the order of the versions.
    fn add_texts(
        &mut self,
        versions: &[(u64, &Incoming<'_>)],
        add: fn(&mut LiveDuplicates, &[Keyed<'_>]) -> Vec<TextId>,
    ) {
        let with_text = || {
            versions
                .iter()
                .filter_map(|&(number, one)| Some((number, one, one.text.as_ref()?)))
        };
        let texts: Vec<Keyed<'_>> = with_text()
            .map(|(_, _, (print, keys))| (print, keys))
            .collect();
        let texts = add(&mut self.copies, &texts);
        for &text in &texts {
            self.users.extend_to(text);
        }
        for ((number, one, _), text) in with_text().zip(texts) {
            let Some(entry) = self.items.get_mut(&number) else {
                continue;
            };
            let before = entry.versions.iter().rev().find_map(|version| version.text);
            let versions = &mut entry.versions;
            let version = versions
                .iter_mut()
                .find(|one_of| one_of.says == one.identity.text && one_of.text.is_none());
            version
                .into_iter()
                .for_each(|version| version.text = Some(text));
            self.users[text].insert(number);
            if let Some(before) = before {
                self.copies.tie(before, text);
            }
        }
    }

    /// Puts a segment's items back as they were written; the segments must come in their order.
    /// `home` are its number and the seconds that had passed, `labels` tell the labels of an
    /// item, of its copies and its story.
    pub fn restore(
        &mut self,
        items: &[Item],
        incoming: &[Incoming<'_>],
        home: (u64, i64),
        labels: impl Fn(u64) -> [u64; 2],
    ) {
        let mut fresh = Vec::new();
        for (item, one) in items.iter().zip(incoming) {
            if !self.items.contains_key(&item.number) {
                self.enter(item, one);
            } else if self.items[&item.number].says(one.identity.text) {
                self.settle_version(item.number, one.identity.text, home);
                continue;
            }
            self.add_version(item.number, one, home);
            fresh.push((item.number, one));
        }
        self.add_texts(&fresh, LiveDuplicates::restore);
        for (number, _) in fresh {
            let [near, story] = labels(number);
            self.reunite(number, near);
            self.near.assign(number, near);
            self.stories.assign(number, story);
        }
        self.mark = self.next;
    }

    /// Puts the text of an item into the group of those that have its label already.
    fn reunite(&mut self, number: u64, label: u64) {
        let other = self
            .text_of(label)
            .or_else(|| self.near.members(label).find_map(|item| self.text_of(item)));
        if let (Some(text), Some(other)) = (self.text_of(number), other) {
            self.copies.reunite(text, other);
        }
    }

    /// Has these versions told once more, as if they came for the first time, when they come again.
    pub fn retell(&mut self, versions: impl IntoIterator<Item = Version>) {
        self.untold = versions.into_iter().collect();
    }

    /// Gives an item the labels of its copies and its story.
    pub fn assign(&mut self, number: u64, [near, story]: [u64; 2]) {
        self.near.assign(number, near);
        self.stories.assign(number, story);
    }

    /// The canonical item of each group that has one.
    pub fn canonicals(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.canonicals
            .iter()
            .map(|(&label, &number)| (label, number))
    }

    /// Ends what [`Index::restore`] began.
    pub fn restored(&mut self) {
        self.copies.rejoin_series();
        self.tidy();
    }

    /// Takes items that are not there out of the groups: those they are named for, and canonical
    /// ones.
    pub fn tidy(&mut self) {
        for labels in [&mut self.near, &mut self.stories] {
            let gone: Vec<u64> = labels
                .named()
                .filter(|label| !self.items.contains_key(label))
                .collect();
            gone.into_iter().for_each(|label| labels.remove(label));
        }
        let labels = if self.kind == Kind::Duplicates {
            &self.near
        } else {
            &self.stories
        };
        let items = &self.items;
        self.canonicals
            .retain(|label, number| items.contains_key(number) && labels.label(*number) == *label);
        self.shown.retain(|number| items.contains_key(number));
        self.widowed = labels
            .named()
            .filter(|label| !self.canonicals.contains_key(label))
            .collect();
    }

    /// Sets a group's canonical item as it was written.
    pub fn restore_canonical(&mut self, label: u64, number: u64) {
        self.shown.insert(number);
        self.canonicals.insert(label, number);
    }

    fn text_of(&self, number: u64) -> Option<TextId> {
        self.items
            .get(&number)?
            .versions
            .iter()
            .rev()
            .find_map(|version| version.text)
    }

    /// Drops the versions of items that were last written in a segment, and the items that have no
    /// other; returns how many items. What is left keeps its labels.
    pub fn drop_segment(&mut self, segment: u64) -> usize {
        let numbers = self.homes.remove(&segment).unwrap_or_default();
        numbers
            .into_iter()
            .filter(|&number| self.drop_versions(number, segment))
            .count()
    }

    /// Drops the versions of an item that were last written in a segment; whether the item has gone
    /// with them.
    fn drop_versions(&mut self, number: u64, segment: u64) -> bool {
        let Some(entry) = self.items.get_mut(&number) else {
            return false;
        };
        let gone: Vec<StoredVersion> = entry
            .versions
            .extract_if(.., |version| version.home == segment)
            .collect();
        let is_gone = entry.versions.is_empty();
        let lost: BTreeSet<u64> = gone
            .iter()
            .flat_map(|version| &version.keys)
            .copied()
            .collect();
        lost.into_iter()
            .filter(|&key| !entry.claims(key))
            .for_each(|key| self.claims.remove(key, number));
        for text in gone.into_iter().filter_map(|version| version.text) {
            if !entry
                .versions
                .iter()
                .any(|version| version.text == Some(text))
            {
                self.users[text].remove(number);
            }
            self.copies.release(text, false);
        }
        if is_gone {
            self.leave(number);
        }
        is_gone
    }

    /// Takes an item that has no version left out of all but the texts.
    fn leave(&mut self, number: u64) {
        if self.items.remove(&number).is_none() {
            return;
        }
        let label = self.labels(self.kind).label(number);
        if self.canonicals.get(&label) == Some(&number) {
            self.widowed.insert(label);
        }
        self.near.remove(number);
        self.stories.remove(number);
        self.shown.remove(&number);
    }

    /// Settles the groups of copies after a commit's items were taken.
    pub fn settle(&mut self, segment: &mut Segment) -> Relabelled {
        let mut parts = self.changed_parts(segment);
        parts.retain(|part| !part.is_empty());
        parts.sort_unstable();
        parts.dedup();
        let mark = self.mark;
        let changes = self.near.relabel(&parts, |item| item >= mark);
        segment.copies.extend(&changes.items);
        self.check_canonicals(Kind::Duplicates, &changes);
        changes
    }

    /// Notes which groups may be without a canonical item of their own.
    fn check_canonicals(&mut self, kind: Kind, changes: &Relabelled) {
        if kind != self.kind {
            return;
        }
        changes
            .merged
            .iter()
            .for_each(|(gone, _)| _ = self.canonicals.remove(gone));
        let parted = changes.split.iter().flat_map(|&(from, to)| [from, to]);
        let labels = changes.items.iter().map(|&(_, label)| label).chain(parted);
        self.widowed.extend(labels);
    }

    /// The labels of groups whose canonical item has gone, or was never chosen, since the last
    /// time.
    pub fn take_widowed(&mut self) -> Vec<u64> {
        let mut widowed: Vec<u64> = std::mem::take(&mut self.widowed).into_iter().collect();
        widowed.retain(|label| {
            let labels = if self.kind == Kind::Duplicates {
                &self.near
            } else {
                &self.stories
            };
            let is_of_it =
                |&number: &u64| self.items.contains_key(&number) && labels.label(number) == *label;
            let is_told = self.canonicals.get(label).is_some_and(is_of_it);
            if labels.size(*label) < 2 && !is_told {
                self.canonicals.remove(label);
            }
            labels.size(*label) > 1 && !is_told
        });
        widowed
    }

    /// The items of the parts of texts that have changed: all of those of a part that is new or was
    /// made anew; of one that grew those that came, and one that was there before.
    fn changed_parts(&mut self, segment: &Segment) -> Vec<Vec<u64>> {
        // A text that was there before brings its user into its group.
        let text_of = |item: &Item| Some((self.text_of(item.number)?, item.number));
        let written: Vec<(TextId, u64)> = segment.items.iter().filter_map(text_of).collect();
        let settled = self.copies.settle(written.iter().map(|&(text, _)| text));
        let mut places: HashMap<TextId, usize> = HashMap::new();
        let mut parts: Vec<Vec<u64>> = Vec::new();
        for texts in settled.whole {
            places.extend(
                texts
                    .iter()
                    .map(|&text| (self.copies.first_of_part(text), parts.len())),
            );
            parts.push(self.items_of(&texts));
        }
        for (first, texts) in settled.grown {
            places.insert(first, parts.len());
            parts.push(self.one_before(first));
            parts[places[&first]].extend(self.items_of(&texts));
        }
        for (text, item) in written {
            let first = self.copies.first_of_part(text);
            let place = *places.entry(first).or_insert_with(|| {
                parts.push(self.one_before(first));
                parts.len() - 1
            });
            parts[place].push(item);
        }
        for part in &mut parts {
            part.sort_unstable();
            part.dedup();
        }
        parts
    }

    /// An item of the part that begins with a text which was there before the commit at hand, or
    /// else all items of it.
    fn one_before(&self, first: TextId) -> Vec<u64> {
        match self.users[first]
            .first()
            .filter(|&number| number < self.mark)
        {
            Some(number) => vec![number],
            None => self.items_of(&self.copies.part_of(first)),
        }
    }

    fn items_of(&self, texts: &[TextId]) -> Vec<u64> {
        let mut items: Vec<u64> = texts
            .iter()
            .flat_map(|&text| self.users[text].iter())
            .collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// Sets the stories of some items, given as parts of a partition.
    pub fn set_stories(&mut self, parts: &[Vec<u64>], segment: &mut Segment) -> Relabelled {
        let mark = self.mark;
        let mut changes = self.stories.relabel(parts, |item| item >= mark);
        self.keep_copies_together(parts, &mut changes);
        segment.stories.extend(&changes.items);
        self.check_canonicals(Kind::Stories, &changes);
        changes
    }

    /// Has the copies of items that have left a story follow them, where there are more than were
    /// given.
    fn keep_copies_together(&mut self, parts: &[Vec<u64>], changes: &mut Relabelled) {
        let left: HashSet<u64> = changes.split.iter().map(|&(_, to)| to).collect();
        if left.is_empty() {
            return;
        }
        let mut known = HashSet::new();
        for &item in parts.iter().flatten() {
            let (near, story) = (self.near.label(item), self.stories.label(item));
            if !left.contains(&story) || !known.insert(near) {
                continue;
            }
            for copy in self.near.members(near) {
                if self.stories.label(copy) != story {
                    self.stories.assign(copy, story);
                    changes.items.push((copy, story));
                }
            }
        }
    }

    /// The events that consumers who know the old labels have to be told of.
    pub fn events(&self, kind: Kind, changes: &Relabelled) -> Vec<Event> {
        let merged = changes
            .merged
            .iter()
            .map(|&(gone, kept)| Event::Merged(kind, gone, kept));
        merged
            .chain(
                changes
                    .split
                    .iter()
                    .map(|&(from, to)| Event::Split(kind, from, to)),
            )
            .collect()
    }

    /// Sets the canonical item of a group, and tells of it if another was known.
    pub fn set_canonical(
        &mut self,
        label: u64,
        number: u64,
        segment: &mut Segment,
    ) -> Option<Event> {
        let old = self.canonicals.insert(label, number);
        self.shown.insert(number);
        if old == Some(number) {
            return None;
        }
        segment.canonicals.push((label, number));
        let was_known = old.is_some() || label < self.mark && number != label;
        was_known.then(|| Event::Canonical(self.kind, label, number, self.typed_id(number)))
    }

    /// Has no item become canonical that was passed over in an earlier commit, as another of its
    /// group was there, nor one that is not clearly better than the canonical there is: for
    /// consumers from whom such items are kept, so that none misses what is canonical, and few
    /// items come twice.
    pub fn pass_over(&mut self, kind: Kind) {
        self.passed_over = Some(kind);
    }

    /// Has items whose own date is so many seconds before they came for the first time told to be
    /// old.
    pub fn with_max_age(mut self, seconds: Option<i64>) -> Self {
        self.max_age = seconds;
        self
    }

    /// Has no old item be canonical where another of its group can be: for consumers from whom old
    /// items are kept.
    pub fn pass_over_old(&mut self) {
        self.passes_over_old = true;
    }

    /// Whether an item of this date that comes for the first time at this time is old.
    pub fn is_old(&self, published: Option<i64>, first: i64) -> bool {
        self.max_age
            .zip(published)
            .is_some_and(|(most, published)| first.saturating_sub(published) > most)
    }

    /// Whether an item was old when it came, and is kept from consumers.
    fn is_passed_over_as_old(&self, number: u64) -> bool {
        let is_old = |entry: &Entry| self.is_old(entry.says.published, entry.first);
        self.passes_over_old && self.items.get(&number).is_some_and(is_old)
    }

    /// Whether an item may become canonical: it is of the commit at hand, is or was canonical, or
    /// was not passed over.
    fn may_stand(&self, number: u64) -> bool {
        let is_first = |kind: Kind| self.labels(kind).label(number) == number;
        let was_passed_over = || !self.passed_over.is_none_or(is_first);
        !self.is_passed_over_as_old(number)
            && (number >= self.mark || self.shown.contains(&number) || !was_passed_over())
    }

    /// The item that a reader should see of the copies under a label, chosen by what their last
    /// versions say.
    pub fn choose(&self, label: u64) -> u64 {
        self.best(label, &self.scored(self.kind, label))
    }

    /// The item of the best score that may be canonical under a label; of equals the first.
    pub fn best(&self, label: u64, scored: &[(u64, CanonicalScore)]) -> u64 {
        let best = |may: &dyn Fn(u64) -> bool| {
            let those = scored.iter().filter(|(item, _)| may(*item));
            those.reduce(|best, one| {
                if one.1.total() > best.1.total() {
                    one
                } else {
                    best
                }
            })
        };
        let Some((number, score)) = best(&|item| self.may_stand(item)).or_else(|| best(&|_| true))
        else {
            return label;
        };
        let known = self.canonicals.get(&label).copied().unwrap_or(label);
        let stays = |(item, own): &(u64, CanonicalScore)| {
            *item == known && !self.is_passed_over_as_old(known) && !score.is_clearly_above(own)
        };
        if self.passed_over.is_some() && scored.iter().any(stays) {
            known
        } else {
            *number
        }
    }

    /// The items under a label with their scores.
    fn scored(&self, kind: Kind, label: u64) -> Vec<(u64, CanonicalScore)> {
        let labels = self.labels(kind);
        let mut items: Vec<u64> = match labels.size(label) {
            size if size <= 2 * SCORED => labels.members(label).collect(),
            _ => {
                let last: Vec<u64> = labels.members(label).rev().take(SCORED).collect();
                labels
                    .members(label)
                    .take(SCORED)
                    .chain(last.into_iter().rev())
                    .collect()
            }
        };
        items.retain(|item| self.items.contains_key(item));
        let traits = items
            .iter()
            .filter_map(|item| Some(self.items.get(item)?.says.traits(self.near.label(*item))));
        let scores = canonical::score(
            &traits.collect::<Vec<_>>(),
            &self.weights,
            &self.backgrounds,
        );
        items.into_iter().zip(scores).collect()
    }

    /// Whether an item is a later version of another, with changed facts.
    fn revises(&self, number: u64, other: u64) -> bool {
        let texts = self.text_of(number).zip(self.text_of(other));
        let edge = texts.and_then(|(text, other)| self.copies.compare(text, other));
        edge.is_some_and(|edge| edge.kind() == MatchKind::Update)
    }

    /// What one item is to another of its group of duplicates, and how like it is to that.
    fn relation(&self, number: u64, other: u64) -> (f64, Option<MatchKind>) {
        let Some((text, of_other)) = self.text_of(number).zip(self.text_of(other)) else {
            return (0.0, None);
        };
        if text == of_other {
            return (1.0, Some(MatchKind::Exact));
        }
        let length = |number: u64| {
            self.items
                .get(&number)
                .map_or(0, |entry| entry.says.body.length as usize)
        };
        self.copies
            .compare(text, of_other)
            .map_or((0.0, None), |edge| {
                (
                    edge.similarity(),
                    Some(edge.kind().from_side(length(number), length(other))),
                )
            })
    }

    /// Where each of some items stands, given what it is by its identity.
    pub fn decide_all(&self, known: &[(Decision, u64)]) -> Vec<Decided> {
        let mut scored = HashMap::new();
        known
            .iter()
            .map(|&(by_identity, number)| self.decide_by(by_identity, number, &mut scored))
            .collect()
    }

    /// Where an item stands, given what it is by its identity.
    pub fn decide(&self, by_identity: Decision, number: u64) -> Decided {
        self.decide_by(by_identity, number, &mut HashMap::new())
    }

    /// The same; `scored` holds the scores of groups of copies that were asked for already.
    fn decide_by(&self, by_identity: Decision, number: u64, scored: &mut Scored) -> Decided {
        let near = self.near.label(number);
        let label = self.labels(self.kind).label(number);
        let is_old = || {
            self.items
                .get(&number)
                .is_some_and(|entry| self.is_old(entry.says.published, entry.first))
        };
        let decision = match by_identity {
            Decision::New if is_old() => Decision::Old,
            Decision::New if near < number && self.revises(number, near) => Decision::Update,
            Decision::New if near < number => Decision::Duplicate,
            Decision::New if self.kind == Kind::Stories && label < number => Decision::Story,
            other => other,
        };
        let size = self.labels(self.kind).size(label);
        let chosen = self
            .canonicals
            .get(&label)
            .copied()
            .filter(|chosen| self.items.contains_key(chosen));
        let canonical = if size == 1 {
            number
        } else {
            chosen.unwrap_or_else(|| self.choose(label))
        };
        let relation = (canonical != number).then(|| self.relation(number, canonical));
        Decided {
            decision,
            number,
            id: self.typed_id(number),
            near_dup: (near, self.near.size(near)),
            cluster: (label, size),
            tells_copies: self.tells_copies(number, near, canonical, scored),
            canonical: (canonical, self.typed_id(canonical)),
            relation,
        }
    }

    /// Whether an item is the one to see of its group of copies, given the canonical of its group:
    /// of a story's copies one that is better than all before it, and no worse than those after
    /// it.
    fn tells_copies(&self, number: u64, near: u64, canonical: u64, scored: &mut Scored) -> bool {
        let mut is_best = || {
            let scored = scored
                .entry(near)
                .or_insert_with(|| self.scored(Kind::Duplicates, near));
            let Some((_, own)) = scored.iter().find(|(item, _)| *item == number) else {
                return false;
            };
            let yields = |(other, score): &(u64, CanonicalScore)| match other.cmp(&number) {
                Ordering::Less => own.is_clearly_above(score),
                Ordering::Equal => true,
                Ordering::Greater => own.total() >= score.total(),
            };
            scored.iter().all(yields)
        };
        canonical == number || self.near.size(near) == 1 || self.kind == Kind::Stories && is_best()
    }

    /// The id of an item; empty if it is not there.
    pub fn id(&self, number: u64) -> &str {
        self.items.get(&number).map_or("", |entry| &entry.id)
    }

    /// The same, with the type that the input gave it.
    fn typed_id(&self, number: u64) -> Id<'static> {
        self.items
            .get(&number)
            .map_or_else(Id::default, |entry| entry.id.clone())
    }

    /// The number and the id of each item, by arrival.
    pub fn ids(&self) -> Vec<(u64, &str)> {
        let mut ids: Vec<(u64, &str)> = self
            .items
            .iter()
            .map(|(&number, entry)| (number, &*entry.id))
            .collect();
        ids.sort_unstable();
        ids
    }
}
