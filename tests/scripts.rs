//! Normalization and grouping in many scripts.

use std::collections::BTreeMap;

use qissa::Article;
use qissa::config::Level;
use qissa::text::Tokens;

use crate::common::engine;

/// Variant spellings have equal tokens, and different words do not.
#[test]
fn variant_spellings_have_equal_tokens() {
    let same = [
        (
            "zh",
            "普京５月１０日访华，会见习近平",
            "普京5月10日访华 会见习近平",
        ),
        ("zh", "《条约》签署：“历史性”", "条约 签署 历史性"),
        (
            "ja",
            "ﾛｼｱ大統領、ﾓｽｸﾜで会談",
            "ロシア大統領　モスクワで会談",
        ),
        ("ko", "대통령·총리 회담", "대통령 총리 회담"),
        ("th", "รํ่ารวย ๑๐ ล้าน", "รํ่ารวย 10 ล้าน"),
        ("th", "น้ำท่วม", "น\u{e49}\u{e4d}\u{e32}ท่วม"),
        ("he", "דו״ח צה״ל: אל־קודס", "דו\"ח צה\"ל: אל קודס"),
        ("he", "שָׁלוֹם", "שלום"),
        ("hi", "हिन्दी में सम्बन्ध", "हिंदी में संबंध"),
        ("hi", "ज़मीन पहुँचे", "जमीन पहुंचे"),
        ("hi", "१२ लोग", "12 लोग"),
        ("ru", "Зелёный свет", "зеленый свет"),
        ("uk", "пам’ять", "пам'ять"),
        ("tr", "İSTANBUL'DA IŞIK", "istanbul'da ışık"),
        ("fa", "می‌شود کتاب‌ها", "ميشود كتابها"),
        ("fa", "۱۴۰۴", "1404"),
        ("ur", "پاکستان کے وزیرِ اعظم", "پاکستان کے وزیر اعظم"),
        ("el", "ΑΘΗΝΑ: ΣΕΙΣΜΟΣ", "Αθήνα: σεισμός"),
    ];
    for (script, a, b) in same {
        assert_eq!(Tokens::of(a), Tokens::of(b), "{script}: {a} / {b}");
    }
    let different = [
        ("simplified and traditional", "国家", "國家"),
        ("Han number and digit", "三人", "3人"),
        ("short i", "мой", "мои"),
        ("vowel signs", "दिल", "दाल"),
        ("tones", "ข้าว", "ข่าว"),
        ("yo and e only", "йод", "иод"),
        ("small and large kana", "きゃく", "きやく"),
    ];
    for (what, a, b) in different {
        assert_ne!(Tokens::of(a), Tokens::of(b), "{what}: {a} / {b}");
    }
}

/// Titles of one script: event, text within the event, title.
struct Table {
    script: &'static str,
    rows: &'static [(&'static str, &'static str, &'static str)],
}

const TABLES: [Table; 14] = [
    Table {
        script: "Chinese",
        rows: &[
            (
                "visit",
                "a",
                "习近平将于5月10日会见俄罗斯总统普京，讨论能源合作",
            ),
            (
                "visit",
                "a",
                "习近平将于５月１０日会见俄罗斯总统普京 讨论能源合作",
            ),
            ("visit", "b", "俄罗斯总统普京抵达北京 将与习近平谈能源"),
            ("quake", "a", "四川山区发生6.1级地震 已致三人受伤"),
            ("quake", "b", "四川山区6.1级地震伤亡升至12人"),
            ("match", "a", "中国男足主场战胜泰国队 提前晋级"),
            ("bank", "a", "日本央行宣布维持利率不变"),
        ],
    },
    Table {
        script: "Chinese, equal signs in different words",
        rows: &[
            ("a", "a", "国会主席在大会上发表讲话"),
            ("b", "a", "大学会计表上主讲国际话题"),
            ("c", "a", "上海发现大量表现出席"),
        ],
    },
    Table {
        script: "Japanese",
        rows: &[
            (
                "summit",
                "a",
                "プーチン大統領がモスクワでトランプ氏と会談した",
            ),
            ("summit", "a", "ﾌﾟｰﾁﾝ大統領がﾓｽｸﾜでﾄﾗﾝﾌﾟ氏と会談"),
            (
                "summit",
                "b",
                "モスクワ会談、プーチン氏とトランプ氏は共同声明を見送り",
            ),
            ("rail", "a", "東海道新幹線が大雨で運転を見合わせている"),
            ("rail", "b", "新幹線、大雨で東海道区間の運転見合わせ続く"),
            ("bank", "a", "日銀が政策金利の据え置きを決めている"),
        ],
    },
    Table {
        script: "Japanese, only particles and endings in common",
        rows: &[
            ("a", "a", "首相がこれについて説明しているとされている"),
            ("b", "a", "監督がそれについて否定しているとみられている"),
        ],
    },
    Table {
        script: "Korean",
        rows: &[
            (
                "summit",
                "a",
                "이재명 대통령, 도쿄에서 일본 총리와 정상회담",
            ),
            ("summit", "a", "이재명 대통령 도쿄에서 일본 총리와 정상회담"),
            (
                "summit",
                "b",
                "일본 총리, 이재명 대통령과 도쿄 정상회담서 공급망 논의",
            ),
            ("fire", "a", "부산 공장에서 큰불, 3명 부상"),
            ("fire", "b", "부산 공장의 큰불 5시간 만에 진화"),
            ("rate", "a", "한국은행, 기준금리를 동결했다"),
        ],
    },
    Table {
        script: "Thai",
        rows: &[
            ("flood", "a", "น้ำท่วมเชียงใหม่หนัก ชาวบ้านอพยพกว่า ๕๐๐ คน"),
            ("flood", "a", "น้ำท่วมเชียงใหม่หนัก ชาวบ้านอพยพกว่า 500 คน"),
            ("flood", "b", "เชียงใหม่เร่งช่วยชาวบ้านอพยพหนีน้ำท่วม"),
            ("vote", "a", "สภาผู้แทนราษฎรลงมติเลือกนายกรัฐมนตรีคนใหม่"),
            ("match", "a", "วอลเลย์บอลหญิงไทยชนะญี่ปุ่นสามเซตรวด"),
        ],
    },
    Table {
        script: "Hebrew",
        rows: &[
            ("visit", "a", "ראש הממשלה ייפגש בוושינגטון עם נשיא ארה\"ב"),
            ("visit", "a", "ראש הממשלה ייפגש בוושינגטון עם נשיא ארה״ב"),
            (
                "visit",
                "b",
                "בוושינגטון: נשיא ארה״ב וראש הממשלה ידונו בהסכם",
            ),
            ("strike", "a", "שביתת הרופאים תימשך גם מחר בבתי החולים"),
            ("storm", "a", "סערה בצפון: כבישים נחסמו בגלל שלג"),
        ],
    },
    Table {
        script: "Hindi",
        rows: &[
            ("visit", "a", "प्रधानमंत्री मोदी मास्को पहुँचे, पुतिन से करेंगे मुलाकात"),
            ("visit", "a", "प्रधानमन्त्री मोदी मास्को पहुंचे पुतिन से करेंगे मुलाक़ात"),
            ("visit", "b", "मास्को में मोदी और पुतिन की मुलाकात, तेल पर बात"),
            ("rain", "a", "मुंबई में भारी बारिश, स्कूल बंद"),
            ("match", "a", "भारत ने आस्ट्रेलिया को छह विकेट से हराया"),
        ],
    },
    Table {
        script: "Russian",
        rows: &[
            (
                "visit",
                "a",
                "Путин прибыл в Пекин на переговоры с Си Цзиньпином",
            ),
            (
                "visit",
                "a",
                "ПУТИН ПРИБЫЛ В ПЕКИН НА ПЕРЕГОВОРЫ С СИ ЦЗИНЬПИНОМ",
            ),
            (
                "visit",
                "b",
                "Переговоры Путина и Си Цзиньпина начались в Пекине",
            ),
            ("fire", "a", "Пожар на складе в Подмосковье потушен"),
            ("rate", "a", "Банк России сохранил ключевую ставку"),
        ],
    },
    Table {
        script: "Ukrainian",
        rows: &[
            (
                "visit",
                "a",
                "Президент України прибув до Варшави на зустріч із прем’єром",
            ),
            (
                "visit",
                "a",
                "Президент України прибув до Варшави на зустріч із прем'єром",
            ),
            (
                "visit",
                "b",
                "У Варшаві почалася зустріч президента України з прем’єром Польщі",
            ),
            ("storm", "a", "Негода знеструмила сотні сіл на Закарпатті"),
        ],
    },
    Table {
        script: "Turkish",
        rows: &[
            ("quake", "a", "İzmir'de 5,2 büyüklüğünde deprem"),
            ("quake", "a", "IZMİR’DE 5.2 BÜYÜKLÜĞÜNDE DEPREM"),
            ("quake", "b", "İzmir'de deprem sonrası okullar tatil"),
            ("rate", "a", "Merkez Bankası politika faizini sabit tuttu"),
        ],
    },
    Table {
        script: "Persian and Urdu",
        rows: &[
            ("talks", "a", "مذاکرات ایران و آمریکا در مسقط آغاز می‌شود"),
            ("talks", "a", "مذاکرات ايران و آمريكا در مسقط آغاز میشود"),
            (
                "talks",
                "b",
                "وزیر خارجه ایران برای مذاکرات با آمریکا وارد مسقط شد",
            ),
            (
                "budget",
                "a",
                "وزیرِ خزانہ نے قومی اسمبلی میں بجٹ پیش کر دیا",
            ),
            (
                "budget",
                "a",
                "وزیر خزانہ نے قومی اسمبلی میں بجٹ پیش کر دیا ہے",
            ),
            ("flood", "a", "سندھ میں سیلاب، درجنوں دیہات زیر آب"),
        ],
    },
    Table {
        script: "Greek",
        rows: &[
            ("quake", "a", "Σεισμός 5,1 Ρίχτερ στη Σαντορίνη"),
            ("quake", "a", "ΣΕΙΣΜΟΣ 5.1 ΡΙΧΤΕΡ ΣΤΗ ΣΑΝΤΟΡΙΝΗ"),
            (
                "quake",
                "b",
                "Νέος σεισμός στη Σαντορίνη, κλειστά τα σχολεία",
            ),
            ("strike", "a", "Απεργία στα λιμάνια την Τετάρτη"),
        ],
    },
    Table {
        script: "Mixed",
        rows: &[
            ("opec", "a", "محادثات Google مع OPEC حول الطاقة"),
            ("opec", "a", "محادثات GOOGLE مع OPEC حول الطاقة"),
            ("opec", "b", "Google تنهي محادثاتها مع OPEC بلا اتفاق"),
            ("chip", "a", "英伟达（NVIDIA）发布新款AI芯片"),
            ("chip", "a", "英伟达NVIDIA发布新款 AI 芯片"),
            ("maps", "a", "Google发布新版地图应用"),
        ],
    },
];

#[test]
fn copies_and_stories_are_found_in_every_script() {
    let engine = engine(Level::Stories);
    let mut wrong = Vec::new();
    for Table { script, rows } in &TABLES {
        let articles: Vec<Article<'_>> = (0..)
            .zip(*rows)
            .map(|(at, (.., title))| Article::headline(format!("{at}"), *title))
            .collect();
        let report = engine.group(&articles);
        for (b, y) in rows.iter().enumerate() {
            for (a, x) in rows[..b].iter().enumerate() {
                let (first, second) = (&report.placements[a], &report.placements[b]);
                let found = (
                    first.near_dup == second.near_dup,
                    first.cluster == second.cluster,
                );
                let expected = (x.0 == y.0 && x.1 == y.1, x.0 == y.0);
                if found != expected {
                    wrong.push(format!(
                        "{script}: {} / {}: (copies, story) is {found:?}",
                        x.2, y.2
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Two signs count as a word, so a title of four signs is as short as one of two words. Titles
/// without words match nothing.
#[test]
fn short_equal_titles_match_in_every_script() {
    let engine = engine(Level::Stories);
    let mut groups = BTreeMap::new();
    let titles = [
        "今日新闻",
        "今日新闻",
        "天気予報",
        "天気予報",
        "ข่าววันนี้",
        "Daily news",
        "Daily news",
        "🎉",
        "🎉",
        "",
    ];
    let articles: Vec<Article<'_>> = (0..)
        .zip(titles)
        .map(|(at, title)| Article::headline(format!("{at}"), title))
        .collect();
    for place in engine.group(&articles).placements {
        *groups.entry(place.cluster).or_insert(0) += 1;
    }
    assert_eq!(
        groups
            .into_values()
            .collect::<Vec<_>>()
            .iter()
            .filter(|&&size| size == 2)
            .count(),
        3
    );
}
