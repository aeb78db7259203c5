/* The cascade kernel: what docs/methods/cascade.md defines, exactly, on the grid.
 *
 * Times are whole seconds (int32), levels whole millionths (int32), weights, needs and quorums whole
 * thousandths (int64); a supply sum is weight x level and so in thousandths x millionths (int64).
 * Nodes are numbered in topological order of their components, suppliers first, and the nodes of a component
 * stand side by side; the Python side does the numbering and checks all input.
 *
 * A level is a sparse list of (time, level) changes, ONE before the first. Only what an outage touches is computed:
 * a bitmap of dirty nodes is scanned upwards, and a node whose level did not change marks nobody.
 * A node outside circles is computed as a whole function of time; a circle is solved in order of time.
 *
 * Nothing here is shared between workspaces, so that each thread runs its own without a lock.
 */
#ifdef __linux__
#define _DEFAULT_SOURCE /* for madvise beside -std=c11 */
#include <sys/mman.h>
#endif
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ONE 1000000
#define NEVER INT32_MAX
#define MOST_CHANGES 1000 /* of one node of a circle, then the circle is held: cascade.md, "Circles" */
#define OWN (-1)
#define UNKNOWN (-2)
#define MOST_SWEEPS 8 /* over a circle, then it is solved in order of time */

typedef struct {
    int32_t source;    /* the node whose level is the supply as it stands: the only one, and no fallback; -1 where it is not so */
    int32_t tolerance; /* s */
} Need;

typedef struct {
    int32_t nodes, requirements, fallbacks, pools;
    int32_t most_requirements, most_supplies; /* of one node, of one requirement */
    const int32_t *first, *last;    /* [node] the component of a node: first <= node < last */
    const uint8_t *circle;          /* [node] 0 outside circles, 1 in one, 2 in one on which a fallback hangs */
    const int32_t *restart;         /* [node] s */
    const int32_t *id_rank;         /* [node] place of its id among all ids, by code point */
    const int32_t *req_of;          /* [node + 1] its requirements */
    const int32_t *req_node;        /* [requirement] whose it is */
    const int64_t *needs, *quorum;  /* [requirement] thousandths */
    const int32_t *tolerance;       /* [requirement] s */
    const Need *need;               /* [requirement] what most of them are computed from */
    const int32_t *sup_of;          /* [requirement + 1] its supplies */
    const int32_t *sup_node;        /* [supply] */
    const int64_t *sup_weight;      /* [supply] thousandths */
    const int32_t *fb_of;           /* [requirement + 1] its fallbacks */
    const int32_t *fb_req, *fb_node;/* [fallback] */
    const int64_t *fb_weight;       /* [fallback] thousandths */
    const int32_t *fb_activation;   /* [fallback] s */
    const int32_t *fb_endurance;    /* [fallback] s, NEVER for no end */
    const int32_t *dep_of, *dep;    /* [node + 1], nodes that draw on it, primary or fallback */
    const int32_t *pool_of, *pool_fb; /* [pool + 1], its fallbacks in the order of grants */
    const int64_t *capacity;        /* [pool] thousandths */
} Model;

typedef struct { int32_t t, v; } Step;
typedef struct { Step *at; int64_t n, cap; } Steps;
typedef struct { int32_t at, n; } Level; /* a node's changes: where in the arena, and how many */
typedef struct { int32_t t; int64_t d; } Delta;
typedef struct { int32_t node, level, start, end, next; } Hit;
typedef struct { int32_t value, end, next, prev; } Piece; /* of a sliding window in a circle */
typedef struct { int32_t v, end; } Span; /* of a sliding window over a whole function */
typedef struct { int32_t node, t, v; } Change;
typedef struct { int32_t node, start, end; } Outage;
typedef struct { int32_t node, t; int64_t from, to; } Link;

typedef struct {
    const Model *m;
    int failed; /* memory ran out */
    int32_t horizon;
    /* levels */
    Steps arena;
    Level *lev;
    int32_t *touched, touched_n;
    uint8_t *is_touched;
    uint64_t *dirty;
    uint64_t *dirty_words; /* a bit for each word of dirty that may have one */
    /* hits */
    Hit *hits;
    int64_t hits_n, hits_cap;
    int32_t *hit_head;
    /* fallbacks and pools */
    int64_t *granted;
    int32_t *fb_pool;            /* [fallback] its pool, or -1 */
    int64_t *claimed;            /* [pool] thousandths, 0 but while claims are summed */
    uint8_t granting;            /* 0 all have their full weights, 1 grants are still to be made, 2 they are made */
    uint8_t *on; /* [fallback] 0, or the run in which it was first on */
    uint8_t run;
    int32_t *on_list, on_n;
    uint8_t *unsettled; /* [node], set for the first node of a component */
    int32_t *unsettled_list, unsettled_n;
    /* scratch for whole functions */
    Delta *delta, *delta_tmp;
    int64_t delta_n, delta_cap;
    Steps s, hat, low, merged, level;
    /* What holds a node down from each change of its level on, as far as that is a fall: noted for those who ask for many causes */
    uint8_t noting;
    int32_t *low_by, *merged_by;            /* beside low and merged */
    int32_t *by;                            /* beside the arena: a requirement, OWN for hits, or UNKNOWN */
    int64_t low_by_cap, merged_by_cap, by_cap;
    Span *window;
    int64_t window_cap;
    int32_t *edges;
    int64_t edges_cap;
    /* state of a circle while it is solved */
    int32_t *val, *cur, *changes;           /* [node] */
    uint8_t *state;                         /* [node] bit 1 touched, bit 2 queued */
    int32_t *r_head, *r_tail, *r_new, *r_cur;
    int32_t *g_head, *g_tail, *g_new, *g_cur, *g_since; /* [requirement] */
    uint8_t *g_short;
    Piece *piece;
    int64_t piece_n, piece_cap;
    uint64_t *heap;
    int64_t heap_n, heap_cap;
    Change *change;
    int64_t change_n, change_cap;
    int32_t *queue, *group;                 /* [2 x node] */
    /* supplies after tolerance, kept while causes are sought */
    Steps hats;
    int64_t *hat_at;
    int32_t *hat_n; /* [requirement] -1 where it has not been asked for since the run */
    int32_t *hat_list, hat_list_n;
    /* answers */
    Outage *outage;
    Change *cause;
    int64_t outage_n, outage_cap, cause_n, cause_cap;
    Link *link, *choice, *first_way;
    uint64_t *seen; /* open addressing, 0 for a free place */
    int64_t link_n, link_cap, choice_n, choice_cap, seen_n, seen_cap, first_way_cap;
    int chain_ended; /* whether the last chain sought ends in a hit */
} Workspace;

/* ---------------------------------------------------------------- memory */

#define HUGE_PAGE ((size_t)1 << 21)

/* As calloc. What is large and read here and there stands in huge pages where the system has them: with small ones the
 * processor looks up time and again where a page is. */
static void *spacious(size_t count, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (count * size >= HUGE_PAGE / 2) {
        size_t room = (count * size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
        void *p = aligned_alloc(HUGE_PAGE, room);
        if (!p) return NULL;
        (void)madvise(p, room, MADV_HUGEPAGE); /* a wish; refused, small pages serve */
        return memset(p, 0, room);
    }
#endif
    return calloc(count, size);
}

static int reserve(Workspace *w, void **p, int64_t *cap, int64_t need, size_t size) {
    if (need <= *cap) return 1;
    int64_t want = *cap ? *cap * 2 : 64;
    while (want < need) want *= 2;
    void *q = realloc(*p, (size_t)want * size);
    if (!q) { w->failed = 1; return 0; }
    *p = q;
    *cap = want;
    return 1;
}
#define ROOM(w, array, n) reserve((w), (void **)&(w)->array, &(w)->array##_cap, (n), sizeof *(w)->array)

static int room(Workspace *w, Steps *s, int64_t need) {
    return reserve(w, (void **)&s->at, &s->cap, need, sizeof(Step));
}

/* Adds a change at t to the n changes there, or replaces the one already at t; a change to the same value is none. There must
 * be room for it. Returns their number. */
static inline int64_t put(Step *at, int64_t n, int32_t t, int32_t v) {
    n -= n && at[n - 1].t == t;
    if ((n ? at[n - 1].v : ONE) == v) return n;
    at[n].t = t;
    at[n].v = v;
    return n + 1;
}

/* ---------------------------------------------------------------- step functions */

static inline int32_t steps_at(const Step *a, int64_t n, int32_t t) {
    if (!n) return ONE;
    while (n > 1) { /* the last change at or before t is in a[0 .. n - 1], if there is one */
        int64_t half = n / 2;
        a += a[half].t <= t ? half : 0;
        n -= half;
    }
    return a->t <= t ? a->v : ONE;
}

static inline int32_t level_at(const Workspace *w, int32_t node, int32_t t) {
    return w->lev[node].n ? steps_at(w->arena.at + w->lev[node].at, w->lev[node].n, t) : ONE;
}

/* A list is bare changes with an end that never comes behind the last (END), so that two can be merged without counting. */
#define END ((Step){NEVER, ONE})

/* out(t) = the greatest (least, if least) of in over (t - width, t], for t < horizon: a piece [x, y) counts from x to y + width.
 * The window holds the pieces that may yet be the greatest: their values fall (rise) from head to tail. */
static inline void slide(Workspace *w, const Step *in, int64_t in_n, Steps *out, int32_t width, int least) {
    if (!ROOM(w, window, in_n + 1) || !room(w, out, 2 * in_n + 2)) { out->n = 0; return; }
    Span *span = w->window;
    int64_t head = 0, tail = 0, n = 0;
    span[0].v = ONE; /* the piece before the first change */
    for (int64_t k = 0; k <= in_n; k++) {
        int32_t now = k < in_n ? in[k].t : w->horizon;
        while (head < tail) { /* the front leaves width after its end */
            int64_t gone = (int64_t)span[head].end + width;
            if (gone > now || gone >= w->horizon) break;
            head++;
            n = put(out->at, n, (int32_t)gone, span[head].v);
        }
        if (k == in_n || now >= w->horizon) break;
        int32_t v = in[k].v;
        span[tail].end = now;
        while (tail >= head && (least ? span[tail].v >= v : span[tail].v <= v)) tail--;
        span[++tail].v = v;
        n = put(out->at, n, now, span[head].v);
    }
    out->n = n;
}

/* Whether it is below ONE for longer than width without a break. */
static int longer_than(const Workspace *w, const Step *a, int64_t n, int32_t width) {
    for (int64_t k = 0; k < n; k++) { /* a stretch begins at k */
        int32_t from = a[k].t;
        while (++k < n && a[k].v < ONE) {}
        if ((k < n ? a[k].t : w->horizon) - from > width) return 1;
    }
    return 0;
}

/* Most levels only ever fall from ONE to some level and rise to ONE again: each such dip loses width at its start. */
static inline void greatest_over(Workspace *w, const Step *in, int64_t in_n, Steps *out, int32_t width) {
    int64_t n = 0, k = 0;
    if (!room(w, out, in_n + 2)) { out->n = 0; return; }
    Step *to = out->at;
    for (; k + 1 < in_n; k += 2) { /* a dip that does not last is written over */
        Step down = in[k], up = in[k + 1];
        if (up.v != ONE) { slide(w, in, in_n, out, width, 0); return; }
        to[n] = (Step){down.t + width, down.v};
        to[n + 1] = up;
        n += up.t - down.t > width ? 2 : 0;
    }
    if (k < in_n && w->horizon - in[k].t > width) to[n++] = (Step){in[k].t + width, in[k].v};
    out->n = n;
}

/* As above, where each dip lasts for width longer; those of one level that then meet are one. */
static inline void least_over(Workspace *w, const Step *in, int64_t in_n, Steps *out, int32_t width) {
    int64_t n = 0, up = -1; /* when the dip before ends */
    if (!room(w, out, in_n + 2)) { out->n = 0; return; }
    for (int64_t k = 0; k < in_n; k += 2) {
        const Step *a = in + k;
        int meets = up >= a->t;
        if ((k + 1 < in_n && a[1].v != ONE) || (meets && out->at[n - 1].v != a->v)) { slide(w, in, in_n, out, width, 1); return; }
        if (!meets) {
            if (up >= 0) out->at[n++] = (Step){(int32_t)up, ONE};
            out->at[n++] = *a;
        }
        up = k + 1 < in_n ? (int64_t)a[1].t + width : NEVER;
    }
    if (up >= 0 && up < w->horizon) out->at[n++] = (Step){(int32_t)up, ONE};
    out->n = n;
}

static int by_time(const void *a, const void *b) {
    int32_t x = ((const Delta *)a)->t, y = ((const Delta *)b)->t;
    return (x > y) - (x < y);
}

static void sort_deltas(Workspace *w) {
    Delta *d = w->delta;
    if (w->delta_n > 48) { qsort(d, (size_t)w->delta_n, sizeof *d, by_time); return; }
    for (int64_t k = 1; k < w->delta_n; k++) {
        Delta x = d[k];
        int64_t j = k;
        for (; j > 0 && d[j - 1].t > x.t; j--) d[j] = d[j - 1];
        d[j] = x;
    }
}

static void add_delta(Workspace *w, int32_t t, int64_t d) {
    if (t >= w->horizon || !d || !ROOM(w, delta, w->delta_n + 1)) return;
    w->delta[w->delta_n].t = t;
    w->delta[w->delta_n++].d = d;
}

static int32_t supply_level(const Model *m, int32_t g, int64_t sum) {
    if (sum < m->quorum[g] * ONE) return 0;
    return sum >= m->needs[g] * ONE ? ONE : (int32_t)(sum / m->needs[g]);
}

static void mark_on(Workspace *w, int32_t f) {
    if (!w->on[f]) { w->on[f] = w->run; w->on_list[w->on_n++] = f; }
}

/* Fallback f over the shortage [u, v): its deltas while it is on. */
static void fallback_deltas(Workspace *w, int32_t f, int32_t u, int32_t v) {
    const Model *m = w->m;
    int64_t from = (int64_t)u + m->fb_activation[f], to = v;
    if (m->fb_endurance[f] != NEVER && from + m->fb_endurance[f] < to) to = from + m->fb_endurance[f];
    if (from >= to) return;
    mark_on(w, f);
    int32_t k = m->fb_node[f], now = level_at(w, k, (int32_t)from);
    int64_t grant = w->granted[f];
    add_delta(w, (int32_t)from, grant * now);
    const Step *a = w->arena.at + w->lev[k].at;
    for (int32_t j = 0; j < w->lev[k].n; j++) {
        if (a[j].t <= from || a[j].t >= to) continue;
        add_delta(w, a[j].t, grant * ((int64_t)a[j].v - now));
        now = a[j].v;
    }
    add_delta(w, (int32_t)to, -grant * now);
}

/* The supply of a requirement of which one supply alone is touched, and which has no fallbacks, into out. */
static void one_source(Workspace *w, int32_t g, int32_t s, int64_t base, Steps *out) {
    const Model *m = w->m;
    int32_t j = m->sup_node[s];
    int64_t weight = m->sup_weight[s], rest = base - weight * ONE, n = 0;
    const Step *a = w->arena.at + w->lev[j].at;
    out->n = 0;
    if (!room(w, out, w->lev[j].n)) return;
    if (!rest && weight == m->needs[g] && !m->quorum[g]) { /* what is needed is what that one has */
        memcpy(out->at, a, (size_t)w->lev[j].n * sizeof *a);
        out->n = w->lev[j].n;
        return;
    }
    for (int32_t k = 0; k < w->lev[j].n; k++) n = put(out->at, n, a[k].t, supply_level(m, g, rest + weight * a[k].v));
    out->n = n;
}

/* The supply of requirement g from the levels as they stand, into out. */
static void supply(Workspace *w, int32_t g, int64_t base, int sources, Steps *out) {
    const Model *m = w->m;
    w->delta_n = 0;
    for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) {
        int32_t j = m->sup_node[s], before = ONE;
        const Step *a = w->arena.at + w->lev[j].at;
        for (int32_t k = 0; k < w->lev[j].n; k++) {
            add_delta(w, a[k].t, m->sup_weight[s] * ((int64_t)a[k].v - before));
            before = a[k].v;
        }
    }
    if (sources > 1) sort_deltas(w);
    int64_t needs = m->needs[g] * ONE, sum = base, n = w->delta_n;
    if (m->fb_of[g] < m->fb_of[g + 1]) {
        int32_t since = -1;
        for (int64_t k = 0; k <= n; k++) {
            int32_t t = k < n ? w->delta[k].t : w->horizon;
            if (k < n) sum += w->delta[k].d;
            if (k + 1 < n && w->delta[k + 1].t == t) continue;
            if (k < n && sum < needs) {
                if (since < 0) since = t;
            } else if (since >= 0) {
                for (int32_t f = m->fb_of[g]; f < m->fb_of[g + 1]; f++) fallback_deltas(w, f, since, t);
                since = -1;
            }
        }
        if (w->delta_n > n) sort_deltas(w);
        sum = base;
    }
    out->n = n = 0;
    if (!room(w, out, w->delta_n)) return;
    for (int64_t k = 0; k < w->delta_n; k++) {
        sum += w->delta[k].d;
        if (k + 1 < w->delta_n && w->delta[k + 1].t == w->delta[k].t) continue;
        n = put(out->at, n, w->delta[k].t, supply_level(m, g, sum));
    }
    out->n = n;
}

/* The supply of requirement g after tolerance, from the levels as they stand, into w->hat; 0 if it is never short. */
static int requirement(Workspace *w, int32_t g) {
    const Model *m = w->m;
    int64_t base = 0;
    int32_t touched = -1, tolerance = m->tolerance[g], from = m->sup_of[g], to = m->sup_of[g + 1];
    int sources = 0;
    for (int32_t s = from; s < to; s++)
        if (w->lev[m->sup_node[s]].n) { sources++; touched = s; }
    if (!sources) return 0;
    for (int32_t s = from; s < to; s++) base += m->sup_weight[s];
    Steps *out = tolerance ? &w->s : &w->hat;
    if (sources == 1 && m->fb_of[g] == m->fb_of[g + 1]) {
        int32_t j = m->sup_node[touched];
        if (tolerance && !longer_than(w, w->arena.at + w->lev[j].at, w->lev[j].n, tolerance)) return 0;
        one_source(w, g, touched, base * ONE, out);
    } else supply(w, g, base * ONE, sources, out);
    if (tolerance) greatest_over(w, w->s.at, w->s.n, &w->hat, tolerance);
    return w->hat.n > 0;
}

/* Own availability of a node from its hits, into w->hat; 0 if it has none. */
static int availability(Workspace *w, int32_t node) {
    int64_t n = 0;
    for (int32_t h = w->hit_head[node]; h >= 0; h = w->hits[h].next) {
        if (!ROOM(w, edges, n + 2)) return 0;
        w->edges[n++] = w->hits[h].start;
        w->edges[n++] = w->hits[h].end;
    }
    if (!n) return 0;
    w->delta_n = 0;
    for (int64_t k = 0; k < n; k++) add_delta(w, w->edges[k], 1);
    sort_deltas(w);
    w->hat.n = 0;
    if (!room(w, &w->hat, w->delta_n)) return 0;
    for (int64_t k = 0; k < w->delta_n; k++) {
        int32_t t = w->delta[k].t, v = ONE;
        if (k && w->delta[k - 1].t == t) continue;
        for (int32_t h = w->hit_head[node]; h >= 0; h = w->hits[h].next)
            if (w->hits[h].start <= t && t < w->hits[h].end && w->hits[h].level < v) v = w->hits[h].level;
        w->hat.n = put(w->hat.at, w->hat.n, t, v);
    }
    return w->hat.n > 0;
}

/* ---------------------------------------------------------------- spreading */

static inline void make_dirty(Workspace *w, int32_t node) {
    w->dirty[node >> 6] |= 1ull << (node & 63);
    w->dirty_words[node >> 12] |= 1ull << (node >> 6 & 63);
}

static inline int same_steps(const Step *a, const Step *b, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (a[k].t != b[k].t || a[k].v != b[k].v) return 0;
    return 1;
}

static inline void touch(Workspace *w, int32_t node) {
    if (!w->is_touched[node]) { w->is_touched[node] = 1; w->touched[w->touched_n++] = node; }
}

/* Puts a list at the end of the arena, END behind it: its place there, -1 if memory ran out. It may stand in the arena already. */
static inline int64_t shelve(Workspace *w, const Step *a, int64_t n) {
    Steps *all = &w->arena;
    if (all->n + n + 1 > all->cap) { /* it moves, and with it what is to be kept */
        int64_t inside = a >= all->at && a < all->at + all->n ? a - all->at : -1;
        if (all->n + n >= INT32_MAX) w->failed = 1; /* its places are held in 32 bits */
        if (w->failed || !room(w, all, all->n + n + 1)) return -1;
        if (inside >= 0) a = all->at + inside;
    }
    Step *to = all->at + all->n;
    for (int64_t k = 0; k < n; k++) to[k] = a[k];
    to[n] = END;
    all->n += n + 1;
    return all->n - n - 1;
}

/* Keeps a node's new level, which may stand in the arena already as another's; 1 if it is another than before. */
static inline int keep(Workspace *w, int32_t node, const Step *a, int64_t n) {
    Steps *all = &w->arena;
    if (w->lev[node].n == n && (!n || same_steps(all->at + w->lev[node].at, a, n))) return 0;
    /* Two nodes may share a list, but not what is noted beside it. */
    int64_t place = a >= all->at && a < all->at + all->n && !w->noting ? a - all->at : shelve(w, a, n);
    if (place < 0) return 0;
    w->lev[node] = (Level){(int32_t)place, (int32_t)n};
    touch(w, node);
    return 1;
}

/* Stores a node's new level and, if it is another than before, marks those outside its circle who draw on it; 1 if so. */
static inline int store(Workspace *w, int32_t node, const Step *a, int64_t n) {
    const Model *m = w->m;
    if (!keep(w, node, a, n)) return 0;
    const int32_t *d = m->dep + m->dep_of[node], *end = m->dep + m->dep_of[node + 1];
    if (!m->circle[node]) {
        while (d < end) make_dirty(w, *d++);
        return 1;
    }
    for (; d < end; d++)
        if (m->first[*d] != m->first[node]) make_dirty(w, *d);
    return 1;
}

/* ---------------------------------------------------------------- a node's level
 *
 * What lowers a node is merged one after the other, and with it, for those who ask for many causes, what holds the node down from
 * each change on. Nothing is copied on the way: a list stands in the arena, where it is a supplier's level, or in scratch.
 */

typedef struct {
    const Step *at;     /* END behind its n changes */
    int64_t n;
    const int32_t *by;  /* whose they are, one for each change, or one for all */
    int each;           /* 1, or 0 where one is for all */
} List;

/* The supply of requirement g after tolerance in *at; its number of changes, 0 if it is never short. May stand in w->hat. */
static inline int64_t need_level(Workspace *w, int32_t g, const Step **at) {
    Need need = w->m->need[g];
    if (need.source >= 0) {
        Level level = w->lev[need.source];
        if (!level.n) return 0;
        *at = w->arena.at + level.at;
        if (!need.tolerance) return level.n;
        greatest_over(w, *at, level.n, &w->hat, need.tolerance);
    } else if (!requirement(w, g) || !room(w, &w->hat, w->hat.n + 1)) return 0;
    w->hat.at[w->hat.n] = END;
    *at = w->hat.at;
    return w->hat.n;
}

/* low = min(low, what is in at); where they tie, low holds the node, as it comes first. */
static inline void lower(Workspace *w, List *low, const Step *at, int64_t more, const int32_t *whose_at, int noting) {
    int64_t n = 0;
    if (!room(w, &w->merged, low->n + more + 1) || (noting && !ROOM(w, merged_by, low->n + more + 1))) { low->n = 0; return; }
    const Step *a = low->at, *b = at;
    const int32_t *by = low->by;
    Step *out = w->merged.at;
    int32_t x = ONE, y = ONE, last = ONE, whose = UNKNOWN, *out_by = w->merged_by;
    for (;;) { /* no branch that hangs on the data: a change that is none is written over */
        int32_t t = a->t < b->t ? a->t : b->t;
        if (t == NEVER) break;
        int32_t from_a = a->t == t, from_b = b->t == t;
        x ^= (x ^ a->v) & -from_a;
        y ^= (y ^ b->v) & -from_b;
        if (noting) {
            whose ^= (whose ^ *by) & -from_a;
            by += from_a & low->each;
        }
        a += from_a;
        b += from_b;
        int32_t v = x <= y ? x : y;
        out[n] = (Step){t, v};
        if (noting) out_by[n] = x <= y ? whose : *whose_at;
        n += v != last;
        last = v;
    }
    out[n] = END;
    Steps z = w->merged; w->merged = w->low; w->low = z;
    *low = (List){out, n, NULL, 0};
    if (noting) {
        int32_t *z_by = w->merged_by; w->merged_by = w->low_by; w->low_by = z_by;
        int64_t z_cap = w->merged_by_cap; w->merged_by_cap = w->low_by_cap; w->low_by_cap = z_cap;
        low->by = out_by;
        low->each = 1;
    }
}

/* What lowers a node before its restart, from the levels as they stand. whose[] has room for two. */
static inline List lowered(Workspace *w, int32_t node, int32_t *whose, int noting) {
    const Model *m = w->m;
    List low = {NULL, 0, whose, 0};
    if (w->hit_head[node] >= 0 && availability(w, node) && room(w, &w->hat, w->hat.n + 1)) {
        Steps z = w->low; w->low = w->hat; w->hat = z;
        low.at = w->low.at;
        low.n = w->low.n;
        w->low.at[low.n] = END;
        whose[0] = OWN;
    }
    for (int32_t g = m->req_of[node], last = m->req_of[node + 1]; g < last; g++) {
        const Step *at;
        int64_t n = need_level(w, g, &at);
        if (!n) continue;
        if (low.n) {
            whose[1] = g;
            lower(w, &low, at, n, whose + 1, noting);
            continue;
        }
        if (at == w->hat.at) { Steps z = w->low; w->low = w->hat; w->hat = z; }
        low = (List){at, n, whose, 0};
        whose[0] = g;
    }
    return low;
}

/* The level of a node as a whole function of time, from the levels as they stand. */
static inline List node_level(Workspace *w, int32_t node) {
    int32_t whose[2];
    List low = lowered(w, node, whose, 0);
    low.by = NULL;
    if (!w->m->restart[node] || !low.n) return low;
    least_over(w, low.at, low.n, &w->level, w->m->restart[node]);
    return (List){w->level.at, w->level.n, NULL, 0};
}

/* Computes and stores the level of a node, and notes whose its falls are. A level falls when what it is made of falls, so the
 * restart moves no note of a fall. */
static int solve_noted(Workspace *w, int32_t node) {
    int32_t whose[2], restart = w->m->restart[node];
    List low = lowered(w, node, whose, 1), level = low;
    if (restart && low.n) {
        least_over(w, low.at, low.n, &w->level, restart);
        level.at = w->level.at;
        level.n = w->level.n;
    }
    int64_t before = low.at >= w->arena.at && low.at < w->arena.at + w->arena.n ? low.at - w->arena.at : -1;
    int changed = store(w, node, level.at, level.n);
    if (!ROOM(w, by, w->arena.n)) return 0;
    int32_t *by = w->by + w->lev[node].at;
    if (before >= 0) low.at = w->arena.at + before; /* the arena may have moved */
    if (!restart || !low.each) {
        for (int64_t k = 0; k < level.n; k++) by[k] = low.by[low.each ? k : 0];
        return changed;
    }
    for (int64_t k = 0, j = 0; k < level.n; k++) { /* each fall of the level is a fall of low at the same time */
        int32_t t = w->arena.at[w->lev[node].at + k].t;
        while (j < low.n && low.at[j].t < t) j++;
        by[k] = j < low.n && low.at[j].t == t ? low.by[j] : UNKNOWN;
    }
    return changed;
}

static int solve_node(Workspace *w, int32_t node) {
    if (w->noting) return solve_noted(w, node);
    List level = node_level(w, node);
    return store(w, node, level.at, level.n);
}

/* ---------------------------------------------------------------- circles, in order of time */

static void heap_push(Workspace *w, int64_t t, int32_t node) {
    if (t >= w->horizon || !ROOM(w, heap, w->heap_n + 1)) return;
    uint64_t x = (uint64_t)t << 32 | (uint32_t)node;
    int64_t k = w->heap_n++;
    for (; k && w->heap[(k - 1) / 2] > x; k = (k - 1) / 2) w->heap[k] = w->heap[(k - 1) / 2];
    w->heap[k] = x;
}

static uint64_t heap_pop(Workspace *w) {
    uint64_t top = w->heap[0], x = w->heap[--w->heap_n];
    int64_t k = 0, n = w->heap_n;
    for (;;) {
        int64_t c = 2 * k + 1;
        if (c >= n) break;
        if (c + 1 < n && w->heap[c + 1] < w->heap[c]) c++;
        if (w->heap[c] >= x) break;
        w->heap[k] = w->heap[c];
        k = c;
    }
    w->heap[k] = x;
    return top;
}

/* A window is a list of pieces whose values fall (rise, if least) from head to tail; the tail is the piece that runs now. */
static int32_t piece_new(Workspace *w, int32_t value, int32_t prev) {
    if (!ROOM(w, piece, w->piece_n + 1)) return -1;
    Piece *p = w->piece + w->piece_n;
    p->value = value; p->end = NEVER; p->next = -1; p->prev = prev;
    return (int32_t)w->piece_n++;
}

static void window_expire(Workspace *w, int32_t *head, int32_t width, int32_t t) {
    while (w->piece[*head].end != NEVER && (int64_t)w->piece[*head].end + width <= t) *head = w->piece[*head].next;
}

static void window_change(Workspace *w, int32_t *head, int32_t *tail, int32_t width, int32_t t, int32_t v, int least, int32_t node) {
    int32_t k = *tail;
    w->piece[k].end = t;
    while (k >= 0 && (least ? w->piece[k].value >= v : w->piece[k].value <= v)) k = k == *head ? -1 : w->piece[k].prev;
    int32_t fresh = piece_new(w, v, k);
    if (fresh < 0) return;
    if (k < 0) *head = fresh;
    else {
        w->piece[k].next = fresh;
        if (k == *tail) heap_push(w, (int64_t)t + width, node); /* the piece just ended leaves the window then */
    }
    *tail = fresh;
}

/* The level of a node at t from the levels of its own circle in w->val (all at ONE, if best) and all others as stored. */
static int32_t circle_level(Workspace *w, int32_t node, int32_t t, int best) {
    const Model *m = w->m;
    int32_t first = m->first[node], last = m->last[node], r = ONE;
#define NOW(j) ((j) >= first && (j) < last ? (best ? ONE : w->val[j]) : level_at(w, (j), t))
    for (int32_t h = w->hit_head[node]; h >= 0; h = w->hits[h].next)
        if (w->hits[h].start <= t && t < w->hits[h].end && w->hits[h].level < r) r = w->hits[h].level;
    for (int32_t g = m->req_of[node]; g < m->req_of[node + 1]; g++) {
        int64_t sum = 0, needs = m->needs[g] * ONE;
        for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) sum += m->sup_weight[s] * NOW(m->sup_node[s]);
        int32_t v = ONE;
        w->g_short[g] = sum < needs;
        if (sum < needs) {
            int64_t age = w->g_since[g] < 0 ? 0 : (int64_t)t - w->g_since[g];
            for (int32_t f = m->fb_of[g]; f < m->fb_of[g + 1]; f++)
                if (age >= m->fb_activation[f] && (m->fb_endurance[f] == NEVER || age - m->fb_activation[f] < m->fb_endurance[f]))
                    sum += w->granted[f] * NOW(m->fb_node[f]);
            v = supply_level(m, g, sum);
        }
        w->g_new[g] = v;
        if (m->tolerance[g] && w->piece[w->g_head[g]].value > v) v = w->piece[w->g_head[g]].value;
        if (v < r) r = v;
    }
#undef NOW
    w->r_new[node] = r;
    if (m->restart[node] && w->piece[w->r_head[node]].value < r) r = w->piece[w->r_head[node]].value;
    return r;
}

static void circle_touch(Workspace *w, int32_t node, int32_t t, int32_t *group_n) {
    const Model *m = w->m;
    if (w->state[node] & 1) return;
    w->state[node] |= 1;
    w->group[(*group_n)++] = node;
    w->val[node] = w->cur[node];
    if (m->restart[node]) window_expire(w, &w->r_head[node], m->restart[node], t);
    for (int32_t g = m->req_of[node]; g < m->req_of[node + 1]; g++)
        if (m->tolerance[g]) window_expire(w, &w->g_head[g], m->tolerance[g], t);
}

/* Makes the levels of instant t history; 1 if a node has changed for the last time allowed. */
static int circle_commit(Workspace *w, int32_t node, int32_t t) {
    const Model *m = w->m;
    for (int32_t g = m->req_of[node]; g < m->req_of[node + 1]; g++) {
        if (!w->g_short[g]) w->g_since[g] = -1;
        else {
            if (w->g_since[g] < 0) {
                w->g_since[g] = t;
                for (int32_t f = m->fb_of[g]; f < m->fb_of[g + 1]; f++) {
                    int64_t from = (int64_t)t + m->fb_activation[f];
                    if (from > t) heap_push(w, from, node);
                    if (m->fb_endurance[f] != NEVER) heap_push(w, from + m->fb_endurance[f], node);
                }
            }
            int64_t age = (int64_t)t - w->g_since[g];
            for (int32_t f = m->fb_of[g]; f < m->fb_of[g + 1]; f++)
                if (age >= m->fb_activation[f] && (m->fb_endurance[f] == NEVER || age - m->fb_activation[f] < m->fb_endurance[f]))
                    mark_on(w, f);
        }
        if (w->g_new[g] != w->g_cur[g]) {
            if (m->tolerance[g]) window_change(w, &w->g_head[g], &w->g_tail[g], m->tolerance[g], t, w->g_new[g], 0, node);
            w->g_cur[g] = w->g_new[g];
        }
    }
    if (w->r_new[node] != w->r_cur[node]) {
        if (m->restart[node]) window_change(w, &w->r_head[node], &w->r_tail[node], m->restart[node], t, w->r_new[node], 1, node);
        w->r_cur[node] = w->r_new[node];
    }
    if (w->val[node] == w->cur[node]) return 0;
    w->cur[node] = w->val[node];
    if (ROOM(w, change, w->change_n + 1)) {
        Change *c = w->change + w->change_n++;
        c->node = node; c->t = t; c->v = w->val[node];
    }
    return ++w->changes[node] >= MOST_CHANGES;
}

static void push_changes_of(Workspace *w, int32_t source, int32_t node) {
    const Step *a = w->arena.at + w->lev[source].at;
    for (int32_t k = 0; k < w->lev[source].n; k++) heap_push(w, a[k].t, node);
}

/* At each instant the greatest levels, given the past: raise what may rise to its best, then lower until nothing changes. */
static int circle_instant(Workspace *w, int32_t t, int32_t *group_n) {
    const Model *m = w->m;
    for (int32_t k = 0; k < *group_n; k++) { /* the group grows as levels rise */
        int32_t node = w->group[k], best = circle_level(w, node, t, 1);
        if (best <= w->val[node]) continue;
        w->val[node] = best;
        for (int32_t d = m->dep_of[node]; d < m->dep_of[node + 1]; d++)
            if (m->first[m->dep[d]] == m->first[node]) circle_touch(w, m->dep[d], t, group_n);
    }
    int64_t head = 0, tail = 0, size = m->last[w->group[0]] - m->first[w->group[0]];
    for (int32_t k = 0; k < *group_n; k++) { w->queue[tail++ % size] = w->group[k]; w->state[w->group[k]] |= 2; }
    while (head < tail && !w->failed) {
        int32_t node = w->queue[head++ % size];
        w->state[node] &= (uint8_t)~2;
        int32_t v = circle_level(w, node, t, 0);
        if (v >= w->val[node]) continue;
        w->val[node] = v;
        for (int32_t d = m->dep_of[node]; d < m->dep_of[node + 1]; d++) {
            int32_t j = m->dep[d];
            if (m->first[j] != m->first[node]) continue;
            circle_touch(w, j, t, group_n);
            if (!(w->state[j] & 2)) { w->state[j] |= 2; w->queue[tail++ % size] = j; }
        }
    }
    int last = 0;
    for (int32_t k = 0; k < *group_n; k++) {
        w->state[w->group[k]] = 0;
        last |= circle_commit(w, w->group[k], t);
    }
    return last;
}

static void solve_circle(Workspace *w, int32_t first, int32_t last) {
    const Model *m = w->m;
    int unsettled = 0;
    w->piece_n = w->heap_n = w->change_n = 0;
    for (int32_t i = first; i < last; i++) {
        w->val[i] = w->cur[i] = w->r_cur[i] = ONE;
        w->changes[i] = 0;
        w->state[i] = 0;
        if (m->restart[i]) w->r_head[i] = w->r_tail[i] = piece_new(w, ONE, -1);
        for (int32_t h = w->hit_head[i]; h >= 0; h = w->hits[h].next) {
            heap_push(w, w->hits[h].start, i);
            heap_push(w, w->hits[h].end, i);
        }
        for (int32_t g = m->req_of[i]; g < m->req_of[i + 1]; g++) {
            w->g_cur[g] = ONE;
            w->g_since[g] = -1;
            if (m->tolerance[g]) w->g_head[g] = w->g_tail[g] = piece_new(w, ONE, -1);
            for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++)
                if (m->first[m->sup_node[s]] != first) push_changes_of(w, m->sup_node[s], i);
            for (int32_t f = m->fb_of[g]; f < m->fb_of[g + 1]; f++)
                if (m->first[m->fb_node[f]] != first) push_changes_of(w, m->fb_node[f], i);
        }
    }
    while (w->heap_n && !w->failed && !unsettled) {
        int32_t t = (int32_t)(w->heap[0] >> 32), group_n = 0;
        while (w->heap_n && (int32_t)(w->heap[0] >> 32) == t) circle_touch(w, (int32_t)(heap_pop(w) & 0xffffffffu), t, &group_n);
        unsettled = circle_instant(w, t, &group_n);
    }
    if (w->failed) return;
    for (int32_t i = first; i < last; i++) w->changes[i] = 0;
    for (int64_t k = 0; k < w->change_n; k++) w->changes[w->change[k].node]++;
    if (!room(w, &w->level, w->change_n)) return;
    int32_t at = 0;
    for (int32_t i = first; i < last; i++) { w->queue[i - first] = at; at += w->changes[i]; }
    for (int64_t k = 0; k < w->change_n; k++) {
        Step *s = w->level.at + w->queue[w->change[k].node - first]++;
        s->t = w->change[k].t;
        s->v = w->change[k].v;
    }
    at = 0;
    for (int32_t i = first; i < last; i++) { store(w, i, w->level.at + at, w->changes[i]); at += w->changes[i]; }
    if (w->noting && ROOM(w, by, w->arena.n))
        for (int32_t i = first; i < last; i++)
            for (int32_t k = 0; k < w->lev[i].n; k++) w->by[w->lev[i].at + k] = UNKNOWN;
    if (unsettled != w->unsettled[first]) {
        w->unsettled[first] = (uint8_t)unsettled;
        if (unsettled) w->unsettled_list[w->unsettled_n++] = first;
    }
    if (unsettled) /* fallbacks that come on after the circle is held */
        for (int32_t g = m->req_of[first]; g < m->req_of[last]; g++)
            if (m->fb_of[g] < m->fb_of[g + 1]) requirement(w, g);
}

static int is_dirty(const Workspace *w, int32_t node) { return w->dirty[node >> 6] >> (node & 63) & 1; }

/* Whole functions of time, from all well, swept over the circle until nothing changes: the same as in order of time where
 * no fallback hangs on the circle, and mostly quicker. 0 if it takes too many sweeps, or a node changes too often. */
static int sweep_circle(Workspace *w, int32_t first, int32_t last) {
    const Model *m = w->m;
    int again = 0;
    for (int32_t i = first; i < last; i++) again |= w->lev[i].n > 0;
    for (int32_t i = first; again && i < last; i++) { /* a second run starts from all well too */
        make_dirty(w, i);
        if (w->lev[i].n) {
            touch(w, i);
            for (int32_t k = m->dep_of[i]; k < m->dep_of[i + 1]; k++) make_dirty(w, m->dep[k]);
        }
        w->lev[i].n = 0;
    }
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        int changed = 0;
        for (int32_t i = first; i < last && !w->failed; i++) {
            if (!is_dirty(w, i)) continue;
            w->dirty[i >> 6] &= ~(1ull << (i & 63));
            if (!solve_node(w, i)) continue;
            if (w->lev[i].n >= MOST_CHANGES) return 0;
            changed = 1;
            for (int32_t k = m->dep_of[i]; k < m->dep_of[i + 1]; k++)
                if (m->first[m->dep[k]] == first) make_dirty(w, m->dep[k]);
        }
        if (!changed) {
            w->unsettled[first] = 0;
            return 1;
        }
    }
    return 0;
}

/* Solves the circle that a node stands in. */
static void settle_circle(Workspace *w, int32_t node) {
    const Model *m = w->m;
    if (m->circle[node] == 1 && sweep_circle(w, m->first[node], m->last[node])) return;
    for (int32_t i = m->first[node]; i < m->last[node]; i++) w->dirty[i >> 6] &= ~(1ull << (i & 63));
    solve_circle(w, m->first[node], m->last[node]);
}

/* The first word at or after `word` with a dirty node of `within` (of all, if NULL), -1 if there is none; others are forgotten. */
static int32_t dirty_word(Workspace *w, int32_t word, const uint64_t *within) {
    int32_t words = (w->m->nodes + 63) / 64;
    for (int32_t k = word >> 6; k <= words >> 6; k++)
        while (w->dirty_words[k]) {
            int32_t found = k * 64 + __builtin_ctzll(w->dirty_words[k]);
            if (within) w->dirty[found] &= within[found];
            if (w->dirty[found]) return found;
            w->dirty_words[k] &= w->dirty_words[k] - 1;
        }
    return -1;
}

static void nothing_dirty(Workspace *w) {
    size_t words = (size_t)(w->m->nodes + 63) / 64;
    memset(w->dirty, 0, words * sizeof *w->dirty);
    memset(w->dirty_words, 0, (words / 64 + 1) * sizeof *w->dirty_words);
}

/* Computes what is dirty, upwards, and what becomes so; only nodes of `within`, where that is given. */
static void spread_within(Workspace *w, const uint64_t *within) {
    const Model *m = w->m;
    for (int32_t k = 0; (k = dirty_word(w, k, within)) >= 0 && !w->failed;) {
        int32_t node = k * 64 + __builtin_ctzll(w->dirty[k]);
        if (m->circle[node]) {
            settle_circle(w, node);
            continue;
        }
        w->dirty[k] &= w->dirty[k] - 1;
        solve_node(w, node);
    }
}

static void spread(Workspace *w) { spread_within(w, NULL); }

/* 1 if the claims on some pool are more than it holds. */
static int contended(Workspace *w) {
    const Model *m = w->m;
    int found = 0;
    for (int32_t k = 0; k < w->on_n; k++) {
        int32_t f = w->on_list[k], p = w->fb_pool[f];
        if (p >= 0 && (w->claimed[p] += m->fb_weight[f]) > m->capacity[p]) found = 1;
    }
    for (int32_t k = 0; k < w->on_n; k++)
        if (w->fb_pool[w->on_list[k]] >= 0) w->claimed[w->fb_pool[w->on_list[k]]] = 0;
    return found;
}

/* Grants each pool's places by rank, first to those who claimed; 1 if any of them gets other than it had. Who made no
 * claim is granted what is left, even where nobody goes short: another pool's grants may yet bring him on. */
static int grant_all(Workspace *w) {
    const Model *m = w->m;
    int moved = 0;
    w->granting = 2;
    for (int32_t p = 0; p < m->pools; p++) {
        int64_t left = m->capacity[p];
        for (int claimed = 1; claimed >= 0; claimed--)
            for (int32_t k = m->pool_of[p]; k < m->pool_of[p + 1]; k++) {
                int32_t f = m->pool_fb[k];
                if (w->on[f] != claimed) continue;
                int64_t gets = m->fb_weight[f] < left ? m->fb_weight[f] : left;
                left -= gets;
                if (gets == w->granted[f]) continue;
                w->granted[f] = gets;
                if (claimed) { make_dirty(w, m->req_node[m->fb_req[f]]); moved = 1; }
            }
    }
    return moved;
}

/* Grants at once where somebody who claimed goes short, and returns 1; else only when the grants are asked for: most
 * scenarios claim little, and then nobody's level hangs on them. */
static int grant(Workspace *w) {
    w->granting = 1;
    return contended(w) && grant_all(w);
}

/* ---------------------------------------------------------------- what is called from outside */

static void clear(Workspace *w) {
    const Model *m = w->m;
    for (int32_t k = 0; k < w->touched_n; k++) {
        w->lev[w->touched[k]].n = 0;
        w->is_touched[w->touched[k]] = 0;
    }
    for (int32_t k = 0; k < w->unsettled_n; k++) w->unsettled[w->unsettled_list[k]] = 0;
    for (int32_t k = 0; w->granting == 2 && k < m->pool_of[m->pools]; k++) w->granted[m->pool_fb[k]] = m->fb_weight[m->pool_fb[k]];
    for (int32_t k = 0; k < w->on_n; k++) w->on[w->on_list[k]] = 0;
    for (int64_t k = 0; k < w->hits_n; k++) w->hit_head[w->hits[k].node] = -1;
    for (int32_t k = 0; k < w->hat_list_n; k++) w->hat_n[w->hat_list[k]] = -1;
    w->hat_list_n = 0;
    w->hats.n = 0;
    w->granting = 0;
    w->touched_n = w->unsettled_n = w->on_n = 0;
    w->arena.n = w->hits_n = w->outage_n = w->cause_n = 0;
}

/* Runs one scenario. Levels of hits in millionths, times in seconds, end NEVER for no end. 0 done, 1 out of memory. */
int hf_run(Workspace *w, int32_t n, const int32_t *node, const int32_t *level, const int32_t *start, const int32_t *end, int32_t horizon) {
    clear(w);
    w->failed = 0;
    w->horizon = horizon;
    if (!ROOM(w, hits, n)) return 1;
    for (int32_t k = 0; k < n; k++) {
        Hit *h = w->hits + k;
        h->node = node[k]; h->level = level[k]; h->start = start[k]; h->end = end[k]; h->next = w->hit_head[node[k]];
        w->hit_head[node[k]] = k;
        make_dirty(w, node[k]);
    }
    w->hits_n = n;
    w->run = 1;
    spread(w);
    w->run = 2;
    if (!w->failed && grant(w)) spread(w);
    if (w->failed) {
        nothing_dirty(w);
        clear(w);
    }
    return w->failed;
}

int64_t hf_touched(const Workspace *w) { return w->touched_n; }
int64_t hf_steps(const Workspace *w) {
    int64_t n = 0;
    for (int32_t k = 0; k < w->touched_n; k++) n += w->lev[w->touched[k]].n;
    return n;
}

/* node [touched], count [touched], time and level [steps] */
void hf_levels(const Workspace *w, int32_t *node, int32_t *count, int32_t *time, int32_t *level) {
    int64_t n = 0;
    for (int32_t k = 0; k < w->touched_n; k++) {
        int32_t i = w->touched[k];
        node[k] = i;
        count[k] = w->lev[i].n;
        for (int32_t s = 0; s < w->lev[i].n; s++, n++) {
            time[n] = w->arena.at[w->lev[i].at + s].t;
            level[n] = w->arena.at[w->lev[i].at + s].v;
        }
    }
}

/* Outages of the touched processes, by place in the touched list and time; minimum [node], 0 for what is no process. */
int64_t hf_outages(Workspace *w, const int32_t *minimum) {
    w->outage_n = 0;
    for (int32_t k = 0; k < w->touched_n; k++) {
        int32_t i = w->touched[k], since = -1;
        if (!minimum[i]) continue;
        const Step *a = w->arena.at + w->lev[i].at;
        for (int32_t s = 0; s <= w->lev[i].n; s++) {
            int end = s == w->lev[i].n, down = !end && a[s].v < minimum[i];
            if (down && since < 0) since = a[s].t;
            if (down || since < 0) continue;
            if (!ROOM(w, outage, w->outage_n + 1)) return -1;
            Outage *o = w->outage + w->outage_n++;
            o->node = i; o->start = since; o->end = end ? w->horizon : a[s].t;
            since = -1;
        }
    }
    return w->outage_n;
}

void hf_copy_outages(const Workspace *w, int32_t *out) {
    if (w->outage_n) memcpy(out, w->outage, (size_t)w->outage_n * sizeof *w->outage);
}

/* Per fallback: 0 or the run (1, 2) in which it was first on, and what it was granted in the last, thousandths. */
void hf_fallbacks(Workspace *w, uint8_t *on, int64_t *granted) {
    if (w->granting == 1) grant_all(w);
    memcpy(on, w->on, (size_t)w->m->fallbacks * sizeof *on);
    memcpy(granted, w->granted, (size_t)w->m->fallbacks * sizeof *granted);
}

/* The first node of each circle that was held, in first [nodes]; returns their number. */
int32_t hf_unsettled(const Workspace *w, int32_t *first) {
    int32_t n = 0;
    for (int32_t i = 0; i < w->m->nodes && w->unsettled_n; i++)
        if (w->unsettled[i]) first[n++] = i;
    return n;
}

/* The start of the stretch, up to t, in which the level of the node was at or below its level at t. */
static int32_t back(const Workspace *w, int32_t node, int32_t t) {
    const Step *a = w->arena.at + w->lev[node].at;
    int32_t n = w->lev[node].n, k = n - 1;
    while (k >= 0 && a[k].t > t) k--;
    if (k < 0) return 0;
    int32_t v = a[k].v;
    while (k > 0 && a[k - 1].v <= v) k--;
    return a[k].t;
}

typedef struct { int32_t level, order, node, time; } Way;
static int by_level(const void *a, const void *b) {
    const Way *x = a, *y = b;
    if (x->level != y->level) return x->level < y->level ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static int64_t place_of(const Workspace *w, uint64_t key) {
    uint64_t k = key * 0x9E3779B97F4A7C15ull >> 20;
    for (;; k++) {
        uint64_t found = w->seen[k & (uint64_t)(w->seen_cap - 1)];
        if (!found || found == key) return (int64_t)(k & (uint64_t)(w->seen_cap - 1));
    }
}

/* 1 if (node, t) has not been seen since w->seen was cleared, and notes it. */
static int is_new(Workspace *w, int32_t node, int32_t t) {
    uint64_t key = ((uint64_t)(uint32_t)node << 32 | (uint32_t)t) + 1;
    if (2 * (w->seen_n + 1) > w->seen_cap) {
        int64_t old_cap = w->seen_cap;
        uint64_t *old = w->seen, *fresh = calloc((size_t)(old_cap ? 2 * old_cap : 256), sizeof *fresh);
        if (!fresh) { w->failed = 1; return 0; }
        w->seen = fresh;
        w->seen_cap = old_cap ? 2 * old_cap : 256;
        for (int64_t k = 0; k < old_cap; k++)
            if (old[k]) fresh[place_of(w, old[k])] = old[k];
        free(old);
    }
    int64_t k = place_of(w, key);
    if (w->seen[k]) return 0;
    w->seen[k] = key;
    w->seen_n++;
    return 1;
}

static void forget_seen(Workspace *w) {
    if (w->seen_n) memset(w->seen, 0, (size_t)w->seen_cap * sizeof *w->seen);
    w->seen_n = 0;
}

/* The level of requirement g after tolerance at t, from a list made once for all the causes of a run. */
static int32_t hat_level(Workspace *w, int32_t g, int32_t t) {
    if (w->hat_n[g] < 0) {
        int64_t n = requirement(w, g) ? w->hat.n : 0;
        if (!room(w, &w->hats, w->hats.n + n)) return ONE;
        if (n) memcpy(w->hats.at + w->hats.n, w->hat.at, (size_t)n * sizeof(Step));
        w->hat_at[g] = w->hats.n;
        w->hat_n[g] = (int32_t)n;
        w->hats.n += n;
        w->hat_list[w->hat_list_n++] = g;
    }
    return steps_at(w->hats.at + w->hat_at[g], w->hat_n[g], t);
}

/* Puts the ways on from (node, t), best first, into w->choice: {node -1} ends the chain at this node's own hit. */
static void ways(Workspace *w, int32_t node, int32_t t, Way *top, Way *sub) {
    const Model *m = w->m;
    int32_t n = 0;
    if (availability(w, node)) {
        int32_t v = steps_at(w->hat.at, w->hat.n, t);
        if (v < ONE) { top[n].level = v; top[n].order = -1; n++; }
    }
    for (int32_t g = m->req_of[node]; g < m->req_of[node + 1]; g++) {
        int32_t v = hat_level(w, g, t);
        if (v < ONE) { top[n].level = v; top[n].order = g; n++; }
    }
    qsort(top, (size_t)n, sizeof *top, by_level);
    for (int32_t k = 0; k < n; k++) {
        int32_t g = top[k].order, c = 0, then;
        if (g < 0) {
            if (!ROOM(w, choice, w->choice_n + 1)) return;
            w->choice[w->choice_n++].node = -1;
            continue;
        }
        then = t - m->tolerance[g];
        if (then < 0) continue;
        for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) {
            int32_t v = level_at(w, m->sup_node[s], then);
            if (v >= ONE) continue;
            sub[c].level = v;
            sub[c].order = m->id_rank[m->sup_node[s]];
            sub[c++].node = m->sup_node[s];
        }
        qsort(sub, (size_t)c, sizeof *sub, by_level);
        if (!ROOM(w, choice, w->choice_n + c)) return;
        for (int32_t s = 0; s < c; s++, w->choice_n++) {
            w->choice[w->choice_n].node = sub[s].node;
            w->choice[w->choice_n].t = then;
        }
    }
}

static int64_t keep_first_way(Workspace *w) {
    if (!ROOM(w, first_way, w->link_n)) return -1;
    memcpy(w->first_way, w->link, (size_t)w->link_n * sizeof *w->link);
    return w->link_n;
}

static int64_t descend(Workspace *w, int32_t node, int32_t t, Way *top, Way *sub) {
    if (!ROOM(w, link, w->link_n + 1)) return -1;
    Link *l = w->link + w->link_n++;
    l->node = node; l->t = t; l->from = w->choice_n;
    ways(w, node, t, top, sub);
    w->link[w->link_n - 1].to = w->choice_n;
    return w->failed ? -1 : 0;
}

/* The binding cause of an outage of node that starts at t, into w->link: its length, or -1 out of memory. Depth first, no (node, time) twice. Where no way leads to a hit (a circle that was held, or one that
 * fell again when a fallback of its own ran out) the chain is the first way down, as far as it goes. */
static int64_t cause(Workspace *w, int32_t node, int32_t t) {
    const Model *m = w->m;
    int32_t most_g = m->most_requirements + 1, most_s = m->most_supplies + 1;
    int64_t found = 0, deep = 0;
    w->link_n = w->choice_n = 0;
    forget_seen(w);
    Way *top = malloc(((size_t)most_g + (size_t)most_s) * sizeof *top);
    if (!top) return -1;
    Way *sub = top + most_g;
    int32_t from = back(w, node, t);
    is_new(w, node, from);
    if (descend(w, node, from, top, sub) < 0) found = -1;
    while (!found && w->link_n) {
        Link *l = w->link + w->link_n - 1;
        if (l->from == l->to) { /* a dead end */
            if (!deep) deep = keep_first_way(w);
            w->link_n--;
            if (w->link_n) w->choice_n = w->link[w->link_n - 1].to;
            continue;
        }
        Link c = w->choice[l->from++];
        if (c.node < 0) { found = w->link_n; break; }
        int32_t t2 = back(w, c.node, c.t);
        if (!is_new(w, c.node, t2)) { if (w->failed) found = -1; continue; }
        if (descend(w, c.node, t2, top, sub) < 0) found = -1;
    }
    free(top);
    w->chain_ended = found > 0;
    if (found) return found;
    if (deep < 0) return -1;
    memcpy(w->link, w->first_way, (size_t)deep * sizeof *w->link);
    return w->link_n = deep;
}

/* The binding causes of all outages of hf_outages: the number of links in all, or -1 out of memory. */
int64_t hf_causes(Workspace *w) {
    w->cause_n = 0;
    for (int64_t k = 0; k < w->outage_n; k++) {
        int64_t n = cause(w, w->outage[k].node, w->outage[k].start);
        if (n < 0 || !ROOM(w, cause, w->cause_n + n)) return -1;
        for (int64_t l = 0; l < n; l++, w->cause_n++) {
            w->cause[w->cause_n].node = w->link[l].node;
            w->cause[w->cause_n].t = w->link[l].t;
            w->cause[w->cause_n].v = (int32_t)k;
        }
    }
    return w->cause_n;
}

/* [link, (node, time, place of its outage)] */
void hf_copy_causes(const Workspace *w, int32_t *out) {
    if (w->cause_n) memcpy(out, w->cause, (size_t)w->cause_n * sizeof *w->cause);
}

/* Strongly connected components of i -> adj[of[i] .. of[i+1]), numbered so that what a node points to comes first (Tarjan 1972,
 * without recursion). Returns their number, or -1 out of memory. */
int32_t hf_components(int32_t n, const int32_t *of, const int32_t *adj, int32_t *component) {
    int32_t *mem = malloc((size_t)(n ? n : 1) * 5 * sizeof *mem), count = 0, clock = 0, top = 0;
    if (!mem) return -1;
    int32_t *index = mem, *low = mem + n, *stack = mem + 2 * (size_t)n, *path = mem + 3 * (size_t)n, *next = mem + 4 * (size_t)n;
    for (int32_t i = 0; i < n; i++) { index[i] = 0; component[i] = -1; }
    for (int32_t root = 0; root < n; root++) {
        if (index[root]) continue;
        int32_t depth = 0;
        path[0] = root;
        index[root] = low[root] = ++clock;
        next[root] = of[root];
        stack[top++] = root;
        while (depth >= 0) {
            int32_t i = path[depth];
            if (next[i] < of[i + 1]) {
                int32_t j = adj[next[i]++];
                if (!index[j]) {
                    index[j] = low[j] = ++clock;
                    next[j] = of[j];
                    stack[top++] = j;
                    path[++depth] = j;
                } else if (component[j] < 0 && index[j] < low[i]) low[i] = index[j];
                continue;
            }
            if (low[i] == index[i]) {
                int32_t j;
                do { j = stack[--top]; component[j] = count; } while (j != i);
                count++;
            }
            if (--depth >= 0 && low[i] < low[path[depth]]) low[path[depth]] = low[i];
        }
    }
    free(mem);
    return count;
}

void hf_close(Workspace *w) {
    if (!w) return;
    free(w->arena.at); free(w->s.at); free(w->hat.at); free(w->low.at); free(w->merged.at); free(w->level.at); free(w->low_by); free(w->merged_by); free(w->by); free(w->hats.at);
    free(w->hat_at); free(w->hat_n); free(w->hat_list);
    free(w->lev); free(w->touched); free(w->is_touched); free(w->dirty); free(w->dirty_words); free(w->hits); free(w->hit_head);
    free(w->granted); free(w->fb_pool); free(w->claimed); free(w->on); free(w->on_list); free(w->unsettled); free(w->unsettled_list); free(w->delta); free(w->window);
    free(w->edges); free(w->val); free(w->cur); free(w->changes); free(w->state); free(w->r_head); free(w->r_tail); free(w->r_new);
    free(w->r_cur); free(w->g_head); free(w->g_tail); free(w->g_new); free(w->g_cur); free(w->g_since); free(w->g_short);
    free(w->piece); free(w->heap); free(w->change); free(w->queue); free(w->group); free(w->outage); free(w->link); free(w->choice);
    free(w->seen); free(w->first_way); free(w->cause); free(w);
}

/* A workspace for one thread; NULL if memory is out. The model must outlive it. */
Workspace *hf_open(const Model *m) {
    Workspace *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    size_t n = (size_t)m->nodes + 1, g = (size_t)m->requirements + 1, f = (size_t)m->fallbacks + 1;
    int ok = 1;
    w->m = m;
#define ARRAY(name, count) ok = ok && (w->name = spacious((count), sizeof *w->name)) != NULL
    ARRAY(lev, n); ARRAY(touched, n); ARRAY(is_touched, n); ARRAY(dirty, n / 64 + 1); ARRAY(dirty_words, n / 4096 + 2); ARRAY(hit_head, n);
    ARRAY(granted, f); ARRAY(fb_pool, f); ARRAY(claimed, (size_t)m->pools + 1); ARRAY(on, f); ARRAY(on_list, f); ARRAY(unsettled, n); ARRAY(unsettled_list, 2 * n);
    ARRAY(val, n); ARRAY(cur, n); ARRAY(changes, n); ARRAY(state, n); ARRAY(r_head, n); ARRAY(r_tail, n); ARRAY(r_new, n);
    ARRAY(r_cur, n); ARRAY(g_head, g); ARRAY(g_tail, g); ARRAY(g_new, g); ARRAY(g_cur, g); ARRAY(g_since, g); ARRAY(g_short, g);
    ARRAY(queue, n); ARRAY(group, n); ARRAY(hat_at, g); ARRAY(hat_n, g); ARRAY(hat_list, g);
#undef ARRAY
    if (!ok) { hf_close(w); return NULL; }
    for (size_t k = 0; k < n; k++) w->hit_head[k] = -1;
    for (size_t k = 0; k < g; k++) w->hat_n[k] = -1;
    memcpy(w->granted, m->fb_weight, (size_t)m->fallbacks * sizeof *w->granted);
    for (size_t k = 0; k < f; k++) w->fb_pool[k] = -1;
    for (int32_t p = 0; p < m->pools; p++)
        for (int32_t k = m->pool_of[p]; k < m->pool_of[p + 1]; k++) w->fb_pool[m->pool_fb[k]] = p;
    return w;
}

/* What runs many scenarios at once looks into the workspace too, and so is compiled with it. */
#include "sweeps.c"
#include "year.c"
