/* Sweeps: the cascade asked of many small scenarios in one call. Included by kernel.c, whose parts it uses.
 *
 * Weak points (docs/methods/weak-points.md): one node after the other is lost alone. Nearly every level is then a single
 * pulse, well but for one stretch at one level, and a pulse passes through a requirement by a handful of
 * comparisons: it is pushed on to those who draw on it, not pulled by them. Whatever is more than that (two supplies of
 * one requirement, a fallback, pulses that do not make one) is computed in full by kernel.c.
 */

#define MANY 1     /* the requirement has other supplies too */
#define FALLBACK 2 /* the requirement has fallbacks */
#define CIRCLE 4   /* who requires stands in a circle on which a fallback hangs */
#define IN_FULL (-1)

typedef struct {
    int32_t node, req; /* who requires, and its requirement */
    int32_t tolerance; /* s */
    int32_t alone;     /* the requirement's supply where this one is at 0 and all others are well */
    int32_t flags;
} Edge;

/* Most requirements have one supply, whose level is theirs, and no fallback: who requires then, and for how long it bears it. */
typedef struct { int32_t node, tolerance; } Straight;

/* What does not change between sweeps; shared by all threads. */
typedef struct {
    const Model *m;
    int32_t *straight_of; /* [node + 1], to those who draw on it by such a requirement, the least tolerance first, and at the */
    Straight *straight;   /* end one of tolerance NEVER: who bears an outage need not be looked at, nor those behind */
    int32_t *edge_of;     /* [node + 1], the edges to the others who draw on it as a supply */
    Edge *edge;
} Plan;

/* What has been pushed to a node; end the horizon where it never ends. Beside it what is needed to push it on, so that both
 * are found in one place of memory. */
typedef struct { int32_t run, start, end, level, restart, straight_from, edge_from, edge_to, circle; } Pulse;

typedef struct {
    Workspace *w;
    const Plan *p;
    int32_t run;
    Pulse *pulse;     /* [node] what has been pushed to it in this run */
    int32_t *req_run; /* [requirement] the run in which one of its supplies last changed */
    int32_t *breached;
    int64_t breached_n, breached_cap;
} Sweep;

typedef struct { int64_t second; double value; } Point;

/* Limits and impact over time. A node's curves stand side by side, for they are asked for together. */
typedef struct {
    int32_t categories;
    const int32_t *from; /* [node x category + 1] where its curve starts among the points; it ends where the next one starts */
    const Point *point;
    const int32_t *minimum; /* [node] as in hf_outages */
    const int64_t *mtpd;    /* [node] s */
} Limits;

void hf_plan_close(Plan *p) {
    if (!p) return;
    free(p->straight_of); free(p->straight); free(p->edge_of); free(p->edge); free(p);
}

static int by_tolerance(const void *a, const void *b) {
    const Straight *x = a, *y = b;
    return (x->tolerance > y->tolerance) - (x->tolerance < y->tolerance);
}

static void sort_straight(Straight *a, int32_t n) {
    if (n > 32) { qsort(a, (size_t)n, sizeof *a, by_tolerance); return; }
    for (int32_t k = 1; k < n; k++) {
        Straight x = a[k];
        int32_t j = k;
        for (; j > 0 && a[j - 1].tolerance > x.tolerance; j--) a[j] = a[j - 1];
        a[j] = x;
    }
}

static int is_straight(const Model *m, int32_t g) { return m->need[g].source >= 0 && m->circle[m->req_node[g]] != 2; }

Plan *hf_plan_open(const Model *m) {
    Plan *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->m = m;
    p->straight_of = calloc((size_t)m->nodes + 2, sizeof *p->straight_of);
    p->edge_of = calloc((size_t)m->nodes + 2, sizeof *p->edge_of);
    if (!p->straight_of || !p->edge_of) { hf_plan_close(p); return NULL; }
    /* counted one further, so that filling leaves the starts in place */
    int32_t *of = p->edge_of + 1, *straight_of = p->straight_of + 1;
    for (int32_t g = 0; g < m->requirements; g++)
        for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) (is_straight(m, g) ? straight_of : of)[m->sup_node[s] + 1]++;
    for (int32_t i = 0; i < m->nodes; i++) { of[i + 1] += of[i]; straight_of[i + 1] += straight_of[i] + 1; }
    p->straight = calloc((size_t)straight_of[m->nodes] + 1, sizeof *p->straight);
    p->edge = calloc((size_t)of[m->nodes] + 1, sizeof *p->edge);
    if (!p->straight || !p->edge) { hf_plan_close(p); return NULL; }
    for (int32_t g = 0; g < m->requirements; g++) {
        if (is_straight(m, g)) {
            p->straight[straight_of[m->need[g].source]++] = (Straight){m->req_node[g], m->need[g].tolerance};
            continue;
        }
        int64_t total = 0;
        for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) total += m->sup_weight[s];
        for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) {
            Edge *e = p->edge + of[m->sup_node[s]]++;
            e->node = m->req_node[g];
            e->req = g;
            e->tolerance = m->tolerance[g];
            e->alone = supply_level(m, g, (total - m->sup_weight[s]) * ONE);
            e->flags = (m->sup_of[g + 1] - m->sup_of[g] > 1 ? MANY : 0) | (m->fb_of[g + 1] > m->fb_of[g] ? FALLBACK : 0)
                     | (m->circle[e->node] == 2 ? CIRCLE : 0);
        }
    }
    for (int32_t i = 0; i < m->nodes; i++) {
        p->straight[straight_of[i]++] = (Straight){i, NEVER};
        sort_straight(p->straight + p->straight_of[i], p->straight_of[i + 1] - p->straight_of[i]);
    }
    return p;
}

void hf_sweep_close(Sweep *s) {
    if (!s) return;
    free(s->pulse); free(s->req_run); free(s->breached); free(s);
}

/* A sweep in a workspace of the plan's model, which is nobody else's meanwhile. */
Sweep *hf_sweep_open(Workspace *w, const Plan *p) {
    Sweep *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->w = w;
    s->p = p;
    s->pulse = calloc((size_t)p->m->nodes + 1, sizeof *s->pulse);
    s->req_run = calloc((size_t)p->m->requirements + 1, sizeof *s->req_run);
    if (!s->pulse || !s->req_run) { hf_sweep_close(s); return NULL; }
    for (int32_t i = 0; i < p->m->nodes; i++)
        s->pulse[i] = (Pulse){0, 0, 0, 0, p->m->restart[i], p->straight_of[i], p->edge_of[i], p->edge_of[i + 1], p->m->circle[i]};
    return s;
}

static void want_in_full(Sweep *s, int32_t node) {
    s->pulse[node].run = s->run;
    s->pulse[node].level = IN_FULL;
    make_dirty(s->w, node);
}

/* Lowers what has been pushed to a node by one more pulse; in full where the two do not make one. */
static inline void lower_by(Sweep *s, int32_t node, int32_t start, int32_t end, int32_t level) {
    Pulse *q = s->pulse + node;
    if (q->run != s->run) {
        q->run = s->run; q->start = start; q->end = end; q->level = level;
        make_dirty(s->w, node);
        return;
    }
    if (q->level == IN_FULL) return;
    if (start >= q->start && end <= q->end && level >= q->level) return;
    if (start <= q->start && end >= q->end && level <= q->level) {
        q->start = start; q->end = end; q->level = level;
    } else if (level == q->level && start <= q->end && q->start <= end) {
        if (start < q->start) q->start = start;
        if (end > q->end) q->end = end;
    } else {
        q->level = IN_FULL;
    }
    make_dirty(s->w, node); /* again, if it stands in a circle and has been computed before */
}

static int32_t supply_without(const Model *m, const Edge *e, int32_t node, int32_t level) {
    int64_t sum = 0;
    int found = 0; /* one who stands twice in a requirement has two edges, and the second is computed in full */
    for (int32_t k = m->sup_of[e->req]; k < m->sup_of[e->req + 1]; k++) {
        int this_one = m->sup_node[k] == node && !found;
        found |= this_one;
        sum += m->sup_weight[k] * (this_one ? level : ONE);
    }
    return supply_level(m, e->req, sum);
}

enum { TO_ALL, TO_CIRCLE, TO_OTHERS }; /* whom to tell: those of the node's own circle, those outside it */

static inline int told(const Model *m, int32_t node, int32_t user, int whom) {
    return whom == TO_ALL || (m->first[user] == m->first[node]) == (whom == TO_CIRCLE);
}

/* Tells those who draw on a node that its level is `level` from start to end. */
static inline void push_pulse(Sweep *s, int32_t node, int32_t start, int32_t end, int32_t level, int whom) {
    const Plan *p = s->p;
    const Pulse *own = s->pulse + node;
    /* The greatest of (t - tolerance, t] is below 1 from start + tolerance on, if the pulse lasts so long. */
    for (const Straight *e = p->straight + own->straight_from; e->tolerance < end - start; e++)
        if (told(p->m, node, e->node, whom)) lower_by(s, e->node, start + e->tolerance, end, level);
    for (const Edge *e = p->edge + own->edge_from, *last = p->edge + own->edge_to; e < last; e++) {
        if (!told(p->m, node, e->node, whom)) continue;
        if (e->flags & (MANY | CIRCLE)) {
            if (e->flags & CIRCLE) { want_in_full(s, e->node); continue; }
            if (s->req_run[e->req] == s->run) { want_in_full(s, e->node); continue; }
            s->req_run[e->req] = s->run;
        }
        int32_t left = e->alone;
        if (left >= ONE) continue;
        if (level && (left = supply_without(p->m, e, node, level)) >= ONE) continue;
        if (e->flags & FALLBACK) { want_in_full(s, e->node); continue; }
        if (end - start > e->tolerance) lower_by(s, e->node, start + e->tolerance, end, left);
    }
}

/* The same of a level that is more than one pulse. */
static void push_steps(Sweep *s, int32_t node, const Step *a, int32_t n, int whom) {
    const Plan *p = s->p;
    int32_t last = a[n - 1].v == ONE ? a[n - 1].t : s->w->horizon, span = last - a[0].t;
    for (const Straight *e = p->straight + p->straight_of[node]; e->tolerance < span; e++)
        if (told(p->m, node, e->node, whom)) want_in_full(s, e->node);
    for (int32_t k = p->edge_of[node]; k < p->edge_of[node + 1]; k++) {
        const Edge *e = p->edge + k;
        if (!told(p->m, node, e->node, whom)) continue;
        if (e->flags & CIRCLE) { want_in_full(s, e->node); continue; }
        if (e->flags & MANY) {
            if (s->req_run[e->req] == s->run) { want_in_full(s, e->node); continue; }
            s->req_run[e->req] = s->run;
        }
        if (e->alone >= ONE || (!(e->flags & FALLBACK) && span <= e->tolerance)) continue;
        want_in_full(s, e->node);
    }
}

static void push_level(Sweep *s, int32_t node, int whom) {
    Workspace *w = s->w;
    int32_t n = w->lev[node].n;
    if (!n) return;
    const Step *a = w->arena.at + w->lev[node].at;
    if (n == 1) push_pulse(s, node, a[0].t, w->horizon, a[0].v, whom);
    else if (n == 2 && a[1].v == ONE) push_pulse(s, node, a[0].t, a[1].t, a[0].v, whom);
    else push_steps(s, node, a, n, whom);
}

/* Keeps what has been pushed to a node, behind its restart, and pushes it on. */
static void pass_on(Sweep *s, int32_t node, int whom) {
    Workspace *w = s->w;
    const Pulse *q = s->pulse + node;
    int32_t end = q->end < w->horizon - q->restart ? q->end + q->restart : w->horizon;
    Step two[2] = {{q->start, q->level}, {end, ONE}};
    if (keep(w, node, two, end < w->horizon ? 2 : 1)) push_pulse(s, node, two[0].t, end, two[0].v, whom);
}

/* A circle on which no fallback hangs, by pulses: swept from all well until nothing changes, as sweep_circle does. What a node
 * is told again is below what it was told before, so its pulse is the lowest of all that it was told. 0 if it takes more. */
static int pulse_circle(Sweep *s, int32_t first, int32_t last) {
    Workspace *w = s->w;
    int64_t left = (int64_t)MOST_SWEEPS * (last - first);
    for (int32_t i = first; i < last; i++) {
        if (!is_dirty(w, i)) continue;
        if (s->pulse[i].run != s->run || s->pulse[i].level == IN_FULL || !left--) break;
        w->dirty[i >> 6] &= ~(1ull << (i & 63));
        pass_on(s, i, TO_CIRCLE);
        for (int32_t k = first; k <= i; k++) /* back to the lowest that has been told */
            if (is_dirty(w, k)) { i = k - 1; break; }
    }
    int done = 1;
    for (int32_t i = first; i < last; i++) done &= !is_dirty(w, i);
    for (int32_t i = first; !done && i < last; i++) {
        if (s->pulse[i].run == s->run) make_dirty(w, i);
        w->lev[i].n = 0;
    }
    return done;
}

static void spread_pulses(Sweep *s) {
    Workspace *w = s->w;
    const Model *m = w->m;
    for (int32_t k = 0; (k = dirty_word(w, k, NULL)) >= 0 && !w->failed;) {
        int32_t node = k * 64 + __builtin_ctzll(w->dirty[k]);
        const Pulse *q = s->pulse + node;
        if (q->circle) {
            int32_t first = m->first[node], last = m->last[node];
            if (q->circle == 2 || !pulse_circle(s, first, last)) settle_circle(w, node);
            for (int32_t i = first; i < last; i++) push_level(s, i, TO_OTHERS);
            continue;
        }
        w->dirty[k] &= w->dirty[k] - 1;
        if (q->run == s->run && q->level != IN_FULL) {
            pass_on(s, node, TO_ALL);
            continue;
        }
        List level = node_level(w, node);
        if (keep(w, node, level.at, level.n)) push_level(s, node, TO_ALL);
    }
}

/* Runs the loss of one node from 0 to end. 0 done, 1 out of memory. */
static int lose_one(Sweep *s, int32_t node, int32_t end, int32_t horizon) {
    Workspace *w = s->w;
    clear(w);
    w->failed = 0;
    w->horizon = horizon;
    if (s->run == INT32_MAX) { /* the marks of runs long ago must not be taken for new ones */
        for (int32_t i = 0; i < w->m->nodes; i++) s->pulse[i].run = 0;
        memset(s->req_run, 0, (size_t)w->m->requirements * sizeof *s->req_run);
        s->run = 0;
    }
    s->run++;
    if (!ROOM(w, hits, 1)) return 1;
    w->hits[0] = (Hit){node, 0, 0, end, -1};
    w->hit_head[node] = 0;
    w->hits_n = 1;
    w->run = 1;
    if (w->m->circle[node] == 2) make_dirty(w, node);
    else lower_by(s, node, 0, end < horizon ? end : horizon, 0);
    spread_pulses(s);
    w->run = 2;
    if (!w->failed && grant(w)) spread(w);
    if (w->failed) {
        nothing_dirty(w);
        clear(w);
    }
    return w->failed;
}

/* Adds what an outage of the node costs. The last value counts after the last point. */
static inline void add_costs(const Limits *l, int32_t node, int32_t length, double *sum) {
    const int32_t *from = l->from + (int64_t)node * l->categories;
    for (int32_t k = 0; k < l->categories; k++) {
        const Point *a = l->point + from[k], *end = l->point + from[k + 1];
        if (a == end) continue;
        if (end - a <= 5) { /* most curves have few points: no branch hangs on how long the outage is */
            int64_t passed = 0;
            for (const Point *p = a; p < end; p++) passed += p->second <= length;
            a += passed;
        } else {
            while (a < end && a->second <= length) a++;
        }
        double cost = a[-1].value;
        if (a < end) cost += (a->value - cost) * (double)(length - a[-1].second) / (double)(a->second - a[-1].second);
        sum[k] += cost;
    }
}

/* Adds the outages of a process to the costs; the first second of a breach, or -1. */
static inline int32_t read_process(const Workspace *w, const Limits *l, int32_t node, double *sum) {
    const Step *a = w->arena.at + w->lev[node].at, *last = a + w->lev[node].n;
    int32_t breach = -1, minimum = l->minimum[node];
    while (a < last) {
        if (a->v >= minimum) { a++; continue; }
        int32_t since = a->t;
        do a++; while (a < last && a->v < minimum);
        int32_t length = (a < last ? a->t : w->horizon) - since;
        if (length > l->mtpd[node] && breach < 0) breach = since + (int32_t)l->mtpd[node];
        add_costs(l, node, length, sum);
    }
    return breach;
}

/* Loses each of count nodes alone, from 0 to end, up to the horizon. Per lost node: how many processes are breached, the first second of a breach (-1: none) and, per category, the cost
 * of all outages. The breached processes themselves, by node lost and number, stay for hf_copy_breached.
 * Returns their number, or -1 out of memory. */
int64_t hf_weak_points(Sweep *s, int32_t count, const int32_t *lost, int32_t end, int32_t horizon, const Limits *limits,
                       int32_t *breached, int32_t *first, double *cost) {
    Workspace *w = s->w;
    s->breached_n = 0;
    for (int32_t n = 0; n < count; n++) {
        double *sum = cost + (int64_t)n * limits->categories;
        int64_t before = s->breached_n;
        first[n] = -1;
        for (int32_t k = 0; k < limits->categories; k++) sum[k] = 0;
        if (lose_one(s, lost[n], end, horizon)) return -1;
        if (!reserve(w, (void **)&s->breached, &s->breached_cap, before + w->touched_n, sizeof *s->breached)) return -1;
        for (int32_t k = 0; k < w->touched_n; k++) {
            int32_t i = w->touched[k];
            if (!limits->minimum[i]) continue;
            int32_t breach = read_process(w, limits, i, sum);
            if (breach < 0) continue;
            s->breached[s->breached_n++] = i;
            if (first[n] < 0 || breach < first[n]) first[n] = breach;
        }
        breached[n] = (int32_t)(s->breached_n - before);
    }
    return s->breached_n;
}

/* One pass of a radix sort: order into sorted, by a digit of 11 bits of each one's key, those with the same digit in the order they had. */
static void pass_of(int32_t n, const uint64_t *key, int shift, const int32_t *order, int32_t *sorted) {
    int32_t from[2049] = {0};
    for (int32_t k = 0; k < n; k++) from[(key[k] >> shift & 2047) + 1]++;
    for (int32_t d = 0; d < 2048; d++) from[d + 1] += from[d];
    for (int32_t k = 0; k < n; k++) sorted[from[key[order[k]] >> shift & 2047]++] = order[k];
}

/* The order of rank of n nodes into order [n]: by breached, then by cost (NULL for none), both falling, then by id_rank.
 * 0 done, 1 out of memory. */
int hf_rank(int32_t n, const int32_t *breached, const double *cost, int64_t stride, const int32_t *id_rank, int32_t *order) {
    uint64_t *key = malloc(((size_t)n + 1) * sizeof *key);
    int32_t *other = malloc(((size_t)n + 1) * sizeof *other), *now = order, *next = other;
    if (!key || !other) { free(key); free(other); return 1; }
    for (int32_t k = 0; k < n; k++) order[id_rank[k]] = k;
    for (int by_cost = cost != NULL; by_cost >= 0; by_cost--) {
        uint64_t ones = 0;
        for (int32_t k = 0; k < n; k++) {
            if (by_cost) { /* as a whole number, a double above another is above it, if those below 0 are turned round */
                double x = cost[k * stride] + 0.0; /* no -0 */
                memcpy(key + k, &x, sizeof x);
                key[k] = key[k] >> 63 ? key[k] : ~(key[k] | 1ull << 63);
            } else key[k] = (uint64_t)(UINT32_MAX - (uint32_t)breached[k]);
        }
        for (int32_t k = 1; k < n; k++) ones |= key[k] ^ key[0];
        for (int shift = 0; shift < 64; shift += 11) {
            if (!(ones >> shift & 2047)) continue; /* all have the same digit */
            pass_of(n, key, shift, now, next);
            int32_t *z = now; now = next; next = z;
        }
    }
    if (now != order) memcpy(order, now, (size_t)n * sizeof *order);
    free(key); free(other);
    return 0;
}

void hf_copy_breached(const Sweep *s, int32_t *out) {
    if (s->breached_n) memcpy(out, s->breached, (size_t)s->breached_n * sizeof *s->breached);
}

/* ---------------------------------------------------------------- layers: sets of nodes lost at once
 *
 * Minimal sets (docs/methods/minimal-sets.md). Each node's loss alone is run once and its levels are kept. What several
 * losses do together differs from what they do apart only where they meet: at nodes computed under both, and below. So a set
 * is a base whose levels stand, one more node's kept levels laid over it, and a cascade from where the two meet.
 * Fallbacks have their full weights here: whether pools could say otherwise is for the caller, who is told the claims.
 */

typedef struct { int32_t node, n; int64_t at; } Kept;

typedef struct {
    Workspace *w;
    int32_t words, pooled; /* of a set of nodes; fallbacks with a pool */
    int32_t end, horizon;
    int64_t *kept_of;      /* [node + 1] its loss alone: */
    Kept *kept;            /* the levels it changes, in w's arena */
    int64_t kept_n, kept_cap;
    uint64_t *meets;       /* [node x words] the nodes computed when it is lost alone */
    uint8_t *claims;       /* [node x pooled] the fallbacks with a pool that are then on */
    int64_t shelf;         /* where the arena ends that holds the levels of losses alone */
    int32_t base[8], base_count;
    int64_t *base_at;      /* [node] levels under the base */
    int32_t *base_n, *base_list, base_list_n;
    uint8_t *in_base_list;
    uint64_t *base_meets;
    uint8_t *base_claims;
    int64_t base_end;
} Layers;

void hf_layers_close(Layers *y) {
    if (!y) return;
    free(y->kept_of); free(y->kept); free(y->meets); free(y->claims); free(y->base_at); free(y->base_n); free(y->base_list);
    free(y->in_base_list); free(y->base_meets); free(y->base_claims); free(y);
}

static void add_to(const Model *m, uint64_t *set, int32_t node) {
    if (!m->circle[node]) { set[node >> 6] |= 1ull << (node & 63); return; }
    for (int32_t i = m->first[node]; i < m->last[node]; i++) set[i >> 6] |= 1ull << (i & 63);
}

/* A node whose level changed, and all that are computed again for it. */
static void add_changed(const Model *m, uint64_t *set, int32_t node) {
    add_to(m, set, node);
    for (int32_t k = m->dep_of[node]; k < m->dep_of[node + 1]; k++) add_to(m, set, m->dep[k]);
}

static void lose(Layers *y, int32_t node) {
    Workspace *w = y->w;
    w->hits[w->hits_n] = (Hit){node, 0, 0, y->end, -1};
    w->hit_head[node] = (int32_t)w->hits_n++;
}

static void regain(Layers *y) { y->w->hit_head[y->w->hits[--y->w->hits_n].node] = -1; }

/* Notes which pools' fallbacks came on, and forgets it. */
static void take_claims(Layers *y, uint8_t *claims) {
    Workspace *w = y->w;
    const Model *m = w->m;
    for (int32_t k = 0; claims && y->pooled && w->on_n && k < y->pooled; k++)
        if (w->on[m->pool_fb[k]]) claims[k] = 1;
    for (int32_t k = 0; k < w->on_n; k++) w->on[w->on_list[k]] = 0;
    for (int32_t k = 0; k < w->unsettled_n; k++) w->unsettled[w->unsettled_list[k]] = 0;
    w->on_n = w->unsettled_n = 0;
}

static int keep_alone(Layers *y, int32_t node) {
    Workspace *w = y->w;
    uint64_t *meets = y->meets + (int64_t)node * y->words;
    lose(y, node);
    make_dirty(w, node);
    spread(w);
    add_to(w->m, meets, node);
    if (!reserve(w, (void **)&y->kept, &y->kept_cap, y->kept_n + w->touched_n, sizeof *y->kept)) return 0;
    for (int32_t k = 0; k < w->touched_n; k++) {
        int32_t i = w->touched[k];
        w->is_touched[i] = 0;
        if (!w->lev[i].n) continue;
        y->kept[y->kept_n++] = (Kept){i, w->lev[i].n, w->lev[i].at};
        w->lev[i].n = 0;
        add_changed(w->m, meets, i);
    }
    w->touched_n = 0;
    y->kept_of[node + 1] = y->kept_n;
    take_claims(y, y->claims + (int64_t)node * y->pooled);
    regain(y);
    return !w->failed;
}

/* Runs the loss of each node alone, from 0 to end up to the horizon, in a workspace that is used for nothing else from now on.
 * NULL if memory is out. */
Layers *hf_layers_open(Workspace *w, int32_t end, int32_t horizon) {
    const Model *m = w->m;
    Layers *y = calloc(1, sizeof *y);
    if (!y) return NULL;
    size_t n = (size_t)m->nodes + 1;
    int ok = 1;
    clear(w);
    w->failed = 0;
    w->horizon = horizon;
    w->run = 1;
    y->w = w;
    y->words = m->nodes / 64 + 1;
    y->pooled = m->pool_of[m->pools];
    y->end = end;
    y->horizon = horizon;
#define ARRAY(name, count) ok = ok && (y->name = calloc((count), sizeof *y->name)) != NULL
    ARRAY(kept_of, n + 1); ARRAY(meets, n * (size_t)y->words); ARRAY(claims, n * (size_t)y->pooled + 1); ARRAY(base_at, n);
    ARRAY(base_n, n); ARRAY(base_list, n); ARRAY(in_base_list, n); ARRAY(base_meets, (size_t)y->words);
    ARRAY(base_claims, (size_t)y->pooled + 1);
#undef ARRAY
    ok = ok && ROOM(w, hits, 16);
    for (int32_t i = 0; ok && i < m->nodes; i++) ok = keep_alone(y, i);
    if (!ok) { hf_layers_close(y); return NULL; }
    y->shelf = y->base_end = w->arena.n;
    return y;
}

/* Lays the loss of a node over the base and lets the cascade go on from where they meet; 0 if they do not. */
static int lay_over(Layers *y, int32_t node) {
    Workspace *w = y->w;
    const uint64_t *meets = y->meets + (int64_t)node * y->words;
    int met = 0;
    for (int32_t k = 0; k < y->words; k++) {
        uint64_t both = meets[k] & y->base_meets[k];
        if (!both) continue;
        w->dirty[k] = both;
        w->dirty_words[k >> 6] |= 1ull << (k & 63);
        met = 1;
    }
    lose(y, node);
    for (int64_t k = y->kept_of[node]; k < y->kept_of[node + 1]; k++) {
        const Kept *c = y->kept + k;
        if (y->base_n[c->node]) continue; /* computed anew, for they meet here */
        touch(w, c->node);
        w->lev[c->node].at = c->at;
        w->lev[c->node].n = c->n;
    }
    if (met) spread(w);
    return met;
}

static int breaches(const Workspace *w, int32_t node, int32_t minimum, int64_t mtpd) {
    const Step *a = w->arena.at + w->lev[node].at;
    int32_t since = -1;
    for (int32_t x = 0; x <= w->lev[node].n; x++) {
        int over = x == w->lev[node].n, down = !over && a[x].v < minimum;
        if (down && since < 0) since = a[x].t;
        if (down || since < 0) continue;
        if ((over ? w->horizon : a[x].t) - since > mtpd) return 1;
        since = -1;
    }
    return 0;
}

/* Sets the base: up to 8 nodes lost at once. 0 done, 1 out of memory. */
int hf_layers_base(Layers *y, int32_t count, const int32_t *nodes) {
    Workspace *w = y->w;
    for (int32_t k = 0; k < y->base_list_n; k++) {
        int32_t i = y->base_list[k];
        y->base_n[i] = w->lev[i].n = 0;
        y->in_base_list[i] = 0;
    }
    while (w->hits_n) regain(y);
    y->base_list_n = 0;
    y->base_count = count;
    memset(y->base_meets, 0, (size_t)y->words * sizeof *y->base_meets);
    memset(y->base_claims, 0, (size_t)y->pooled);
    w->arena.n = y->shelf;
    for (int32_t b = 0; b < count; b++) {
        y->base[b] = nodes[b];
        lay_over(y, nodes[b]);
        take_claims(y, y->base_claims);
        for (int32_t k = 0; k < y->pooled; k++) y->base_claims[k] |= y->claims[(int64_t)nodes[b] * y->pooled + k];
        for (int32_t k = 0; k < y->words; k++) y->base_meets[k] |= y->meets[(int64_t)nodes[b] * y->words + k];
        for (int32_t k = 0; k < w->touched_n; k++) {
            int32_t i = w->touched[k];
            w->is_touched[i] = 0;
            y->base_at[i] = w->lev[i].at;
            y->base_n[i] = w->lev[i].n;
            if (!y->in_base_list[i]) { y->in_base_list[i] = 1; y->base_list[y->base_list_n++] = i; }
            if (w->lev[i].n) add_changed(w->m, y->base_meets, i);
        }
        w->touched_n = 0;
        if (w->failed) return 1;
    }
    y->base_end = w->arena.n;
    return 0;
}

/* Adds each of count nodes to the base, one at a time: whether the target is then down longer than mtpd, and [count x pooled] the
 * fallbacks with a pool that are on, or may be (a few more than are: those on under a part of the losses).
 * 0 done, 1 out of memory. */
int hf_layers_add(Layers *y, int32_t count, const int32_t *nodes, int32_t target, int32_t minimum, int64_t mtpd,
                  uint8_t *breach, uint8_t *claims) {
    Workspace *w = y->w;
    for (int32_t n = 0; n < count; n++) {
        uint8_t *on = claims + (int64_t)n * y->pooled;
        const uint8_t *alone = y->claims + (int64_t)nodes[n] * y->pooled;
        for (int32_t k = 0; k < y->pooled; k++) on[k] = y->base_claims[k] | alone[k];
        lay_over(y, nodes[n]);
        breach[n] = (uint8_t)breaches(w, target, minimum, mtpd);
        take_claims(y, on);
        regain(y);
        for (int32_t k = 0; k < w->touched_n; k++) {
            int32_t i = w->touched[k];
            w->is_touched[i] = 0;
            w->lev[i].at = y->base_at[i];
            w->lev[i].n = y->base_n[i];
        }
        w->touched_n = 0;
        w->arena.n = y->base_end;
        if (w->failed) {
            nothing_dirty(w);
            return 1;
        }
    }
    return 0;
}

/* [pooled] the same of the base itself. */
void hf_layers_claims(const Layers *y, uint8_t *claims) { memcpy(claims, y->base_claims, (size_t)y->pooled); }

/* ---------------------------------------------------------------- recoveries: a cone lost for a moment
 *
 * Feasibility (docs/methods/feasibility.md): all of count nodes are lost from 0 to end, and only the nodes of `within` are
 * computed, which the caller has chosen so that the target's level hangs on no others. Answers the first of the target's
 * longest outages as (start, end) in outage [2], and its binding cause in w->link: the number of links, 0 if it is never
 * down, -1 out of memory. */
int64_t hf_recovery(Workspace *w, int32_t count, const int32_t *lost, int32_t end, int32_t horizon, const uint64_t *within,
                    int32_t target, int32_t minimum, int32_t *outage) {
    clear(w);
    w->failed = 0;
    w->horizon = horizon;
    if (!ROOM(w, hits, count)) return -1;
    for (int32_t k = 0; k < count; k++) {
        w->hits[k] = (Hit){lost[k], 0, 0, end, -1};
        w->hit_head[lost[k]] = k;
        make_dirty(w, lost[k]);
    }
    w->hits_n = count;
    w->run = 1;
    spread_within(w, within);
    w->run = 2;
    if (!w->failed && grant(w)) spread_within(w, within);
    int64_t links = -1;
    if (!w->failed) {
        const Step *a = w->arena.at + w->lev[target].at;
        int32_t since = -1, longest = 0;
        for (int32_t x = 0; x <= w->lev[target].n; x++) {
            int over = x == w->lev[target].n, down = !over && a[x].v < minimum;
            if (down && since < 0) since = a[x].t;
            if (down || since < 0) continue;
            int32_t stop = over ? horizon : a[x].t;
            if (stop - since > longest) { longest = stop - since; outage[0] = since; outage[1] = stop; }
            since = -1;
        }
        links = longest ? cause(w, target, outage[0]) : 0;
    }
    if (w->failed) {
        nothing_dirty(w);
        clear(w);
        return -1;
    }
    return links;
}

/* [link, (node, time)] of the last recovery. */
void hf_copy_chain(const Workspace *w, int32_t *out) {
    for (int64_t k = 0; k < w->link_n; k++) { out[2 * k] = w->link[k].node; out[2 * k + 1] = w->link[k].t; }
}

/* The nodes that count nodes draw on directly or not, themselves included, into found [nodes]: their number. `set`, all 0 before,
 * has their bits afterwards. Providers of fallbacks count too with fallbacks. */
int32_t hf_cone(const Model *m, int32_t count, const int32_t *nodes, int fallbacks, int32_t *found, uint64_t *set) {
    int32_t n = 0;
#define MEET(i) do { int32_t j = (i); \
        if (!(set[j >> 6] >> (j & 63) & 1)) { set[j >> 6] |= 1ull << (j & 63); found[n++] = j; } } while (0)
    for (int32_t k = 0; k < count; k++) MEET(nodes[k]);
    for (int32_t k = 0; k < n; k++) {
        int32_t from = m->req_of[found[k]], to = m->req_of[found[k] + 1];
        for (int32_t s = m->sup_of[from]; s < m->sup_of[to]; s++) MEET(m->sup_node[s]);
        for (int32_t f = m->fb_of[from]; fallbacks && f < m->fb_of[to]; f++) MEET(m->fb_node[f]);
    }
#undef MEET
    return n;
}
