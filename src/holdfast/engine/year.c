/* Years of hazards: drawn by address, run, and added up, as docs/methods/year.md defines them.
 *
 * Part of kernel.c, which includes it at its end: it looks into the workspace that is declared there.
 *
 * Every draw is a function of its address (seed, year, hazard, event, footprint, node, purpose) and of nothing else, and
 * is made of whole numbers and of +, -, x, / and the square root of doubles, which IEEE 754 rounds alike everywhere; no
 * exp or log of a mathematical library, which differ by machine. All that is added up is added in whole numbers, so
 * that the order of years does not matter: seconds, and money in units of a power of two.
 */
#include <math.h> /* sqrt alone, which IEEE 754 rounds correctly */

#define GAMMA 0x9E3779B97F4A7C15ull
#define SECONDS_A_YEAR 31536000ull
#define LONGEST (1 << 30) /* s: what lasts longer means the same, as grid.py says */
#define Z90 1.2815515655446004 /* the 90th percentile of the standard normal distribution */

enum { CHANCE, LOSS, DURATION, RESTART, ACTIVATION }; /* purposes of a draw at a node */
enum { FIXED, TRIANGULAR, LOGNORMAL };

typedef struct {
    int32_t kind, unused;
    double a, b, c; /* the value; low, mode, high; median and ln(p90 / median) / Z90 */
} Figure;

typedef struct { int64_t second; double value; } CurvePoint;

typedef struct {
    int32_t hazards, categories, restarts, activations;
    const uint64_t *key;            /* [hazard], in the order of their ids */
    const int32_t *table_of, *least;/* [hazard + 1], [hazard] the number of events to which its first entry belongs */
    const double *table;            /* P(at most so many events) */
    const int32_t *fp_of;           /* [hazard + 1] its footprints */
    const double *chance;           /* [footprint] */
    const uint8_t *shared;          /* [footprint] */
    const Figure *loss, *duration;  /* [footprint] share, hours */
    const int32_t *member_of, *member; /* [footprint + 1], nodes */
    const uint64_t *node_key;       /* [node] */
    const int32_t *restart_node;    /* [uncertain restart] */
    const Figure *restart;          /* hours */
    const int32_t *activation_fb;   /* [uncertain activation] */
    const uint64_t *activation_key;
    const Figure *activation;       /* hours */
    const int32_t *minimum;         /* [node] level below which a process is down, 0 for what is no process */
    const int64_t *mtpd;            /* [node] s */
    const int32_t *curve_of;        /* [node x categories + 1] its points */
    const CurvePoint *point;             /* s, money */
    const double *scale;            /* [category] units of account in one unit of money: a power of two */
} Hazards;

typedef struct { uint64_t low; int64_t high; } Wide; /* a whole number of 128 bits, wherever it may stand */

typedef struct {
    int64_t *breaches;              /* [node] years with an outage longer than its MTPD */
    int64_t *downtime;              /* [node] s */
    Wide *squares;                  /* [node] of the years' downtimes, s^2 */
    Wide *by_hazard, *by_node;      /* [(hazard + 1) x category], [node x category], units of account */
    double *sums, *largest;         /* [category x years] of a year, and of its dearest event */
    int64_t years;
} Tally;

typedef struct { int32_t hazard, number, start; } Event;
enum { GOES_ON, FOUND, NOT_STRAIGHT };
#define LONGEST_TRAIL 4096 /* links without an end in sight: it goes in a circle, or the whole search may say */

typedef struct {
    Model model; /* as given, but with this year's restarts and activations */
    const Hazards *z;
    Workspace *w;
    int32_t *restart, *activation;
    Event *event;
    int64_t event_n, event_cap;
    int32_t *hit_node, *hit_level, *hit_start, *hit_end, *hit_event;
    int64_t hit_n, hit_node_cap, hit_level_cap, hit_start_cap, hit_end_cap, hit_event_cap;
    __int128 *event_sum; /* [(event + 1) x category], the last for what no event ends */
    int64_t event_sum_cap;
    int32_t *end_by; /* beside the arena: where the chain from this change ends, a hit and 1; 0 for not known */
    int64_t end_by_cap;
    int64_t trail[LONGEST_TRAIL];
} Year;

/* ---------------------------------------------------------------- draws */

/* The (word + 1)th number of the SplitMix64 generator that starts at `at` (Steele, Lea and Flood 2014). */
static inline uint64_t at_word(uint64_t at, uint64_t word) {
    uint64_t x = at + (word + 1) * GAMMA;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ x >> 27) * 0x94D049BB133111EBull;
    return x ^ x >> 31;
}

/* In the middle of one of 2^52 equal parts of (0, 1). */
static inline double unit_of(uint64_t x) { return ((double)(x >> 12) + 0.5) * 0x1p-52; }

/* e^x for |x| <= 700: 2^k e^r, the series of e^r to r^13/13!, where |r| <= ln(2)/2. */
double hf_exp(double x) {
    static const double part[] = {
        1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
        1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 1.0 / 2.0, 1.0, 1.0};
    double turns = x * 1.4426950408889634;
    int k = (int)(turns < 0 ? turns - 0.5 : turns + 0.5);
    double r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33, sum = part[0];
    for (int n = 1; n < 14; n++) sum = sum * r + part[n];
    uint64_t bits = (uint64_t)(1023 + k) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

/* ln x for normal x > 0: 2^k m with m from sqrt(1/2) to sqrt(2), and 2 artanh((m - 1) / (m + 1)) by its series. */
double hf_log(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int k = (int)(bits >> 52) - 1022;
    bits = (bits & 0xFFFFFFFFFFFFFull) | 1022ull << 52;
    memcpy(&x, &bits, sizeof x);
    if (x < 0.7071067811865476) { x = x * 2.0; k--; }
    double s = (x - 1.0) / (x + 1.0), q = s * s, sum = 1.0 / 23.0;
    for (int n = 21; n > 0; n -= 2) sum = sum * q + 1.0 / n;
    return k * 0x1.62e42feep-1 + (2.0 * s * sum + k * 0x1.a39ef35793c76p-33);
}

static double ratio(const double *top, const double *bottom, int degree, double x) {
    double a = top[degree], b = bottom[degree];
    for (int n = degree - 1; n >= 0; n--) { a = a * x + top[n]; b = b * x + bottom[n]; }
    return a / b;
}

/* The standard normal quantile of 0 < p < 1: Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988) 477-484. */
double hf_normal(double p) {
    static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
        1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4,
        2.5090809287301226727e+3};
    static const double b[] = {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
        2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4, 5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
        3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2,
        7.74545014278341407640e-4};
    static const double d[] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
        1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
        2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5,
        2.01033439929228813265e-7};
    static const double f[] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
        7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15};
    double q = p - 0.5, r;
    if (q >= -0.425 && q <= 0.425) return q * ratio(a, b, 7, 0.180625 - q * q);
    r = sqrt(-hf_log(q < 0 ? p : 1.0 - p));
    r = r <= 5.0 ? ratio(c, d, 7, r - 1.6) : ratio(e, f, 7, r - 5.0);
    return q < 0 ? -r : r;
}

static double drawn(const Figure *f, uint64_t at, uint64_t purpose) {
    if (f->kind == FIXED) return f->a;
    double u = unit_of(at_word(at, purpose));
    if (f->kind == LOGNORMAL) {
        double x = f->b * hf_normal(u);
        return f->a * hf_exp(x < -700.0 ? -700.0 : x > 700.0 ? 700.0 : x);
    }
    double low = f->a, mode = f->b, high = f->c, width = high - low;
    if (!(width > 0)) return low;
    if (u * width < mode - low) return low + sqrt(u * width * (mode - low));
    return high - sqrt((1.0 - u) * width * (high - mode));
}

/* To the nearest whole number, half to even, for what fits. */
static int64_t whole(double x) {
    /* From 2^52 on a double is whole, and has no room for halves: adding that much rounds, half to even. */
    double much = x < 0 ? -0x1p52 : 0x1p52;
    return (int64_t)(x > -0x1p52 && x < 0x1p52 ? (x + much) - much : x);
}

static int32_t seconds_of(double hours) { return hours < LONGEST / 3600.0 ? (int32_t)whole(hours * 3600.0) : LONGEST; }

static int32_t level_left(double loss) {
    int64_t lost = whole(loss * ONE);
    return ONE - (int32_t)(lost < 1 ? 1 : lost > ONE ? ONE : lost);
}

static int add_hit(Year *y, int32_t node, int32_t start, int32_t level, int32_t lasts, int32_t event) {
    Workspace *w = y->w;
    int64_t n = y->hit_n + 1, end = (int64_t)start + (lasts < 1 ? 1 : lasts);
#define MORE(array) reserve(w, (void **)&y->array, &y->array##_cap, n, sizeof *y->array)
    if (!MORE(hit_node) || !MORE(hit_level) || !MORE(hit_start) || !MORE(hit_end) || !MORE(hit_event)) return 0;
#undef MORE
    y->hit_node[y->hit_n] = node;
    y->hit_level[y->hit_n] = level;
    y->hit_start[y->hit_n] = start;
    y->hit_end[y->hit_n] = end < NEVER ? (int32_t)end : NEVER;
    y->hit_event[y->hit_n++] = event;
    return 1;
}

static void draw_event(Year *y, int32_t hazard, uint64_t at, int32_t start) {
    const Hazards *z = y->z;
    int32_t event = (int32_t)y->event_n - 1;
    for (int32_t f = z->fp_of[hazard]; f < z->fp_of[hazard + 1]; f++) {
        const Figure *loss = z->loss + f, *duration = z->duration + f;
        uint64_t here = at_word(at, (uint64_t)(f - z->fp_of[hazard]) + 1), all = at_word(here, 0);
        int32_t level = level_left(drawn(loss, all, LOSS)), lasts = seconds_of(drawn(duration, all, DURATION));
        for (int32_t k = z->member_of[f]; k < z->member_of[f + 1]; k++) {
            int32_t node = z->member[k];
            uint64_t own = at_word(here, z->node_key[node]);
            if (unit_of(at_word(own, CHANCE)) >= z->chance[f]) continue;
            if (!z->shared[f]) {
                level = level_left(drawn(loss, own, LOSS));
                lasts = seconds_of(drawn(duration, own, DURATION));
            }
            if (!add_hit(y, node, start, level, lasts, event)) return;
        }
    }
}

/* The number of events of a hazard: the smallest n with u < P(at most n). */
static int32_t events_of(const Hazards *z, int32_t hazard, double u) {
    int32_t lo = z->table_of[hazard], hi = z->table_of[hazard + 1] - 1;
    int32_t first = lo;
    if (hi - lo < 16) {
        while (lo < hi && u >= z->table[lo]) lo++;
        return z->least[hazard] + lo - first;
    }
    while (lo < hi) {
        int32_t mid = lo + (hi - lo) / 2;
        if (u < z->table[mid]) hi = mid; else lo = mid + 1;
    }
    return z->least[hazard] + lo - first;
}

/* Draws a year's events, hits, restarts and activations; 0 if memory ran out. */
static int draw_year(Year *y, uint64_t seed, uint64_t year) {
    const Hazards *z = y->z;
    uint64_t this_year = at_word(at_word(0, seed), year), no_hazard = at_word(this_year, 0);
    y->event_n = y->hit_n = 0;
    for (int32_t k = 0; k < z->restarts; k++) {
        int32_t node = z->restart_node[k];
        y->restart[node] = seconds_of(drawn(z->restart + k, at_word(no_hazard, z->node_key[node]), RESTART));
    }
    for (int32_t k = 0; k < z->activations; k++)
        y->activation[z->activation_fb[k]] =
            seconds_of(drawn(z->activation + k, at_word(no_hazard, z->activation_key[k]), ACTIVATION));
    for (int32_t h = 0; h < z->hazards; h++) {
        uint64_t at = at_word(this_year, z->key[h]);
        int32_t n = events_of(z, h, unit_of(at_word(at, 0)));
        for (int32_t e = 0; e < n; e++) {
            uint64_t here = at_word(at, (uint64_t)e + 1);
            int32_t start = (int32_t)((at_word(here, 0) >> 32) * SECONDS_A_YEAR >> 32);
            if (!reserve(y->w, (void **)&y->event, &y->event_cap, y->event_n + 1, sizeof *y->event)) return 0;
            y->event[y->event_n++] = (Event){h, e, start};
            draw_event(y, h, here, start);
            if (y->w->failed) return 0;
        }
    }
    return 1;
}

/* ---------------------------------------------------------------- where a chain ends */

static int earlier(const Event *a, const Event *b) {
    if (a->start != b->start) return a->start < b->start;
    return a->hazard != b->hazard ? a->hazard < b->hazard : a->number < b->number;
}

/* The hit that holds the node lowest at t, that of the earlier event where they tie; -1 for none. *level: what is left. */
static int32_t hit_by(const Year *y, int32_t node, int32_t t, int32_t *level) {
    const Workspace *w = y->w;
    int32_t found = -1;
    *level = ONE;
    for (int32_t h = w->hit_head[node]; h >= 0; h = w->hits[h].next) {
        const Hit *a = w->hits + h;
        if (a->start > t || a->end <= t || a->level > *level || a->level == ONE) continue;
        if (a->level == *level && found >= 0 && !earlier(y->event + y->hit_event[h], y->event + y->hit_event[found])) continue;
        *level = a->level;
        found = h;
    }
    return found;
}

/* Whether the supply of requirement g, without fallbacks, is above `want` at t; its level there in *level if not. */
static inline int above(const Workspace *w, int32_t g, int32_t t, int32_t want, int32_t *level) {
    const Model *m = w->m;
    int64_t sum = 0;
    int touched = 0;
    for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) touched |= w->lev[m->sup_node[s]].n;
    if (!touched) return 1; /* then it is well, and `want` is less than that */
    for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) sum += m->sup_weight[s] * level_at(w, m->sup_node[s], t);
    return (*level = supply_level(m, g, sum)) > want;
}

/* Whether requirement g stands at `want` at t, given that it does not stand lower: 0 no, 1 yes, 2 only a look at all of it
 * tells. Fallbacks and tolerance only ever raise what the supply alone gives. */
static int binds(const Workspace *w, int32_t g, int32_t t, int32_t want) {
    const Model *m = w->m;
    int32_t tolerance = m->tolerance[g], plain = m->fb_of[g] == m->fb_of[g + 1], v;
    if (tolerance && (t < tolerance || above(w, g, t - tolerance + 1, want, &v))) return 0;
    if (above(w, g, t, want, &v)) return 0;
    return plain && !tolerance ? v == want : 2;
}

/* The first of the requirements of node that is lowest at t, -1 if none is at `want`. */
static int32_t binding(Workspace *w, int32_t node, int32_t t, int32_t want) {
    const Model *m = w->m;
    int32_t open = -1; /* a candidate that has not been looked at closely */
    for (int32_t g = m->req_of[node]; g < m->req_of[node + 1]; g++) {
        int b = binds(w, g, t, want);
        if (!b) continue;
        if (open >= 0 && hat_level(w, open, t) == want) return open;
        if (b == 1) return g;
        open = g;
    }
    return open; /* the only one left: one of them is lowest, since the level of the node fell to it at t */
}

/* The change, as a place in the arena, with which the stretch began in which the level was no higher than from `place` on. */
static int64_t stretch(const Workspace *w, int32_t node, int64_t place) {
    const Step *a = w->arena.at;
    int64_t first = w->lev[node].at;
    int32_t v = a[place].v;
    while (place > first && a[place - 1].v <= v) place--;
    return place;
}

/* The last of n changes at or before t, -1 if there is none. Most lists are short, and then no branch hangs on the data. */
static inline int64_t last_change(const Step *a, int64_t n, int32_t t) {
    int64_t from = 0;
    while (n - from > 8) {
        int64_t half = from + (n - from) / 2;
        if (a[half].t <= t) from = half; else n = half;
    }
    int64_t found = from - 1;
    for (int64_t k = from; k < n; k++) found += a[k].t <= t;
    return found;
}

/* One link on from the change at `place` of the arena, the way that a chain tries first. FOUND: it ends here, in *hit;
 * GOES_ON: to *next, at *then; NOT_STRAIGHT: it is for the whole search to say. */
static int first_way(Year *y, int32_t node, int64_t place, int32_t *hit, int32_t *next, int64_t *then) {
    Workspace *w = y->w;
    const Model *m = w->m;
    int32_t t = w->arena.at[place].t, g = w->by[place], own;
    if (g < 0) {
        *hit = hit_by(y, node, t, &own);
        int32_t want = w->arena.at[place].v;
        if (want >= ONE || (m->circle[node] && w->unsettled[m->first[node]])) return NOT_STRAIGHT;
        if (own <= want) return FOUND;
        if (g == OWN || (g = binding(w, node, t, want)) < 0) return NOT_STRAIGHT;
    }
    Need need = m->need[g];
    int32_t before = t - need.tolerance, lowest = ONE;
    if (before < 0) return NOT_STRAIGHT;
    if (need.source >= 0) { /* the only one there is */
        Level level = w->lev[need.source];
        int64_t found = last_change(w->arena.at + level.at, level.n, before);
        if (found < 0 || w->arena.at[level.at + found].v >= ONE) return NOT_STRAIGHT;
        *next = need.source;
        *then = stretch(w, *next, level.at + found);
        return GOES_ON;
    }
    for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) {
        int32_t j = m->sup_node[s];
        Level level = w->lev[j];
        int64_t found = last_change(w->arena.at + level.at, level.n, before);
        if (found < 0) continue;
        int32_t v = w->arena.at[level.at + found].v;
        if (v > lowest || v >= ONE || (v == lowest && m->id_rank[j] > m->id_rank[*next])) continue;
        lowest = v;
        *next = j;
        *then = level.at + found;
    }
    if (lowest == ONE) return NOT_STRAIGHT;
    *then = stretch(w, *next, *then);
    return GOES_ON;
}

/* The event in which the binding chain of the outage that begins with a change of the arena ends (the number of events if
 * in none), and the chain's last node.
 *
 * A chain that takes the first way at each link and comes to a hit is the chain, and so is each of its ends: these are
 * kept, and most chains soon meet one. Where first ways lead nowhere or in a circle, the whole search is made. */
static int chain_end(Year *y, int32_t process, int64_t start, int32_t *event, int32_t *last) {
    Workspace *w = y->w;
    int32_t node = process, next = -1, trail = 0, hit = -1;
    int64_t place = stretch(w, node, start), then = -1;
    for (int way = GOES_ON; way == GOES_ON;) {
        if (y->end_by[place]) { hit = y->end_by[place] - 1; break; }
        if (trail == LONGEST_TRAIL) { hit = -1; break; }
        y->trail[trail++] = place;
        way = first_way(y, node, place, &hit, &next, &then);
        if (w->failed) return 0;
        if (way != FOUND) hit = -1;
        node = next;
        place = then;
    }
    if (hit >= 0) {
        while (trail-- > 0) y->end_by[y->trail[trail]] = hit + 1;
    } else {
        int64_t n = cause(w, process, w->arena.at[start].t);
        if (n < 1) return 0;
        int32_t own;
        *last = w->link[n - 1].node;
        if (w->chain_ended) hit = hit_by(y, *last, w->link[n - 1].t, &own);
    }
    if (hit >= 0) *last = w->hits[hit].node;
    *event = hit < 0 ? (int32_t)y->event_n : y->hit_event[hit];
    return 1;
}

/* ---------------------------------------------------------------- what a year costs */

static void wide_add(Wide *a, __int128 x) {
    unsigned __int128 sum = ((unsigned __int128)(uint64_t)a->high << 64 | a->low) + (unsigned __int128)x;
    a->low = (uint64_t)sum;
    a->high = (int64_t)(uint64_t)(sum >> 64);
}

/* Units of account for an outage of `length` seconds: linear between the points, the last value after the last. */
static int64_t cost_of(const CurvePoint *p, const CurvePoint *end, int64_t length, double scale) {
    if (end - p <= 5) { /* no branch that hangs on the length */
        int64_t passed = 0;
        for (const CurvePoint *next = p + 1; next < end; next++) passed += next->second <= length;
        p += passed;
    }
    while (p + 1 < end && p[1].second <= length) p++;
    double v = p->value;
    if (p + 1 < end) v = v + (p[1].value - v) * (double)(length - p->second) / (double)(p[1].second - p->second);
    return whole(v * scale);
}

static int add_cost(Year *y, Tally *tally, int32_t node, int64_t start, int64_t length) {
    const Hazards *z = y->z;
    int32_t event = -1, last = -1, c = z->categories;
    for (int32_t k = 0; k < c; k++) {
        int64_t place = (int64_t)node * c + k;
        if (z->curve_of[place] == z->curve_of[place + 1]) continue;
        int64_t cost = cost_of(z->point + z->curve_of[place], z->point + z->curve_of[place + 1], length, z->scale[k]);
        if (!cost) continue;
        if (event < 0 && !chain_end(y, node, start, &event, &last)) return 0;
        y->event_sum[(int64_t)event * c + k] += cost;
        wide_add(tally->by_node + (int64_t)last * c + k, cost);
    }
    return 1;
}

/* Adds the outages of the year that has been run to the tally, as its year number `place`. */
static int add_year(Year *y, Tally *tally, int64_t place) {
    const Hazards *z = y->z;
    Workspace *w = y->w;
    int64_t c = z->categories, events = y->event_n + 1;
    if (!reserve(w, (void **)&y->event_sum, &y->event_sum_cap, events * c, sizeof *y->event_sum)) return 0;
    if (c) memset(y->event_sum, 0, (size_t)(events * c) * sizeof *y->event_sum);
    if (!reserve(w, (void **)&y->end_by, &y->end_by_cap, w->arena.n, sizeof *y->end_by)) return 0;
    if (w->arena.n) memset(y->end_by, 0, (size_t)w->arena.n * sizeof *y->end_by);
    for (int32_t k = 0; k < w->touched_n; k++) {
        int32_t i = w->touched[k], n = w->lev[i].n, since = -1, minimum = z->minimum[i];
        int64_t downtime = 0, longest = 0;
        if (!minimum) continue;
        const Step *a = w->arena.at + w->lev[i].at;
        for (int32_t s = 0; s <= n; s++) {
            int down = s < n && a[s].v < minimum;
            if (down && since < 0) since = s;
            if (down || since < 0) continue;
            int64_t length = (s < n ? a[s].t : w->horizon) - a[since].t;
            downtime += length;
            if (length > longest) longest = length;
            if (z->curve_of[i * c] < z->curve_of[i * c + c] && !add_cost(y, tally, i, w->lev[i].at + since, length)) return 0;
            since = -1;
        }
        if (!downtime) continue;
        tally->downtime[i] += downtime;
        wide_add(tally->squares + i, (__int128)downtime * downtime);
        if (longest > z->mtpd[i]) tally->breaches[i]++;
    }
    for (int64_t k = 0; k < c; k++) {
        __int128 sum = 0, largest = 0;
        for (int64_t e = 0; e < events; e++) {
            __int128 x = y->event_sum[e * c + k];
            if (!x) continue;
            int64_t hazard = e < y->event_n ? y->event[e].hazard : z->hazards;
            wide_add(tally->by_hazard + hazard * c + k, x);
            sum += x;
            if (x > largest) largest = x;
        }
        tally->sums[k * tally->years + place] = (double)sum / z->scale[k];
        tally->largest[k * tally->years + place] = (double)largest / z->scale[k];
    }
    return 1;
}

/* ---------------------------------------------------------------- what is called from outside */

void hf_year_close(Year *y) {
    if (!y) return;
    hf_close(y->w);
    free(y->restart); free(y->activation); free(y->event); free(y->hit_node); free(y->hit_level); free(y->hit_start);
    free(y->hit_end); free(y->hit_event); free(y->event_sum); free(y->end_by); free(y);
}

/* Room for one thread to run years in; NULL if memory is out. Model and hazards must outlive it. */
Year *hf_year_open(const Model *m, const Hazards *z) {
    Year *y = calloc(1, sizeof *y);
    if (!y) return NULL;
    y->z = z;
    y->model = *m;
    y->restart = malloc(((size_t)m->nodes + 1) * sizeof *y->restart);
    y->activation = malloc(((size_t)m->fallbacks + 1) * sizeof *y->activation);
    y->w = hf_open(&y->model);
    if (!y->restart || !y->activation || !y->w) { hf_year_close(y); return NULL; }
    y->w->noting = z->categories > 0;
    memcpy(y->restart, m->restart, (size_t)m->nodes * sizeof *y->restart);
    memcpy(y->activation, m->fb_activation, (size_t)m->fallbacks * sizeof *y->activation);
    y->model.restart = y->restart;
    y->model.fb_activation = y->activation;
    return y;
}

/* Draws a year and says how many hits it has; -1 if memory ran out. */
int64_t hf_year_draw(Year *y, uint64_t seed, uint64_t year) {
    y->w->failed = 0;
    return draw_year(y, seed, year) ? y->hit_n : -1;
}

/* hits [hit, (node, level, start, end, hazard, event of the hazard)], restart [node] and activation [fallback] of the year drawn last */
void hf_year_copy(const Year *y, int32_t *hits, int32_t *restart, int32_t *activation) {
    for (int64_t k = 0; k < y->hit_n; k++, hits += 6) {
        const Event *e = y->event + y->hit_event[k];
        hits[0] = y->hit_node[k]; hits[1] = y->hit_level[k]; hits[2] = y->hit_start[k]; hits[3] = y->hit_end[k];
        hits[4] = e->hazard; hits[5] = e->number;
    }
    memcpy(restart, y->restart, (size_t)y->model.nodes * sizeof *restart);
    memcpy(activation, y->activation, (size_t)y->model.fallbacks * sizeof *activation);
}

/* Runs the years from `first` up to `last`, which are places first - base and on of the tally. 0 done, 1 out of memory. */
int hf_year_run(Year *y, uint64_t seed, int64_t first, int64_t last, int64_t base, int32_t horizon, Tally *tally) {
    y->w->failed = 0;
    for (int64_t year = first; year < last; year++) {
        if (!draw_year(y, seed, (uint64_t)year)) return 1;
        if (hf_run(y->w, (int32_t)y->hit_n, y->hit_node, y->hit_level, y->hit_start, y->hit_end, horizon)) return 1;
        if (!add_year(y, tally, year - base)) return 1;
    }
    return 0;
}
