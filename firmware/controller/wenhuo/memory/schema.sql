-- Version 1 of the household's memory. Moments are seconds since 1970 (UTC); lengths and places in a
-- cook are seconds since it was ordered; texts of objects are JSON.

CREATE TABLE likes (
    dish TEXT NOT NULL,
    key TEXT NOT NULL,              -- texture, servings, ready (HH:MM), keep_warm_min, water_pct
    value TEXT NOT NULL,            -- JSON
    source TEXT NOT NULL,           -- said, learned, outcome, edited
    at REAL NOT NULL,
    PRIMARY KEY (dish, key)
) STRICT, WITHOUT ROWID;

-- What was wished for beside the likes: asked often enough, it is offered to be remembered.
CREATE TABLE wishes (
    cook INTEGER NOT NULL REFERENCES cooks (id),
    dish TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    weight INTEGER NOT NULL,        -- 0: offered and declined
    PRIMARY KEY (cook, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE cooks (
    id INTEGER PRIMARY KEY,
    board_id INTEGER NOT NULL UNIQUE, -- the cook id that the power board knows it by
    speaker TEXT NOT NULL,
    dish TEXT,
    intent TEXT NOT NULL,           -- the order in the words of the schedule language
    plan TEXT NOT NULL,             -- plan.schema.json
    schedule TEXT NOT NULL,         -- what the board has, or is to get
    phase_s TEXT NOT NULL,          -- how long each phase of it is expected to last
    about TEXT NOT NULL,            -- what else is known of it: texture, dry_g, ready_at
    wanted TEXT NOT NULL,           -- cooking, paused, cancelled
    ordered_at REAL NOT NULL,
    began_at REAL,                  -- the board had it
    revised_at REAL,                -- a revision is on its way since then; NULL: the board has it
    seen_s REAL,                    -- the last look that found the board
    served_s REAL,
    events_told INTEGER NOT NULL DEFAULT 0,
    ended_at REAL,
    outcome TEXT,                   -- done, cancelled, fault
    verdict TEXT                    -- how it turned out, as people said
) STRICT;

CREATE INDEX cooks_open ON cooks (id) WHERE ended_at IS NULL;

-- Every call of a tool.
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    message TEXT UNIQUE,            -- the id that the words came with: said twice, done once
    at REAL NOT NULL,
    speaker TEXT NOT NULL,
    words TEXT NOT NULL,
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,
    requests TEXT NOT NULL,         -- what the model was asked (request.schema.json), in order
    lines TEXT NOT NULL,            -- what it answered, in the schedule language
    plan TEXT,                      -- plan.schema.json
    envelope TEXT NOT NULL,         -- passed, refused: why, not asked
    board TEXT NOT NULL,            -- ok, error: why, not asked, asked
    reply TEXT NOT NULL,
    cook INTEGER REFERENCES cooks (id)
) STRICT;

CREATE TABLE notes (
    cook INTEGER NOT NULL REFERENCES cooks (id),
    t_s REAL NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TABLE samples (
    cook INTEGER NOT NULL REFERENCES cooks (id),
    t_s REAL NOT NULL,
    sample TEXT NOT NULL,           -- an executive's Sample
    PRIMARY KEY (cook, t_s)
) STRICT, WITHOUT ROWID;

CREATE TABLE timers (
    id INTEGER PRIMARY KEY,
    speaker TEXT NOT NULL,
    lang TEXT NOT NULL,
    set_at REAL NOT NULL,
    due_at REAL NOT NULL,
    rung_at REAL
) STRICT;

-- What each speaker is in the middle of.
CREATE TABLE threads (
    speaker TEXT PRIMARY KEY,
    at REAL NOT NULL,
    thread TEXT NOT NULL
) STRICT, WITHOUT ROWID;
