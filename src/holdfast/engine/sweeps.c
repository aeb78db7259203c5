/* Sweeps: the cascade asked of many small scenarios in one call. Included by kernel.c, whose parts it uses.
 *
 * Weak points (docs/methods/weak-points.md): one node after the other is lost alone, and what befalls a node is told to those
 * who draw on it, so that only what is told is computed. Nearly every level is a single pulse, well but for one stretch at
 * one level, and a pulse passes through a requirement by a handful of comparisons. What is more than one pulse is told as a
 * list of changes. A requirement whose supply is more than what one supplier tells (two of them fail, a fallback comes on) is
 * computed by kernel.c when all its suppliers are.
 */

#define MANY 1     /* the requirement has other supplies too */
#define FALLBACK 2 /* the requirement has fallbacks */
#define CIRCLE 4   /* who requires stands in a circle on which a fallback hangs */
#define STEPS (-1) /* in place of a pulse's level: what has been told is a list of changes */
#define NONE (-1)
#define NOT_OPEN (-2)
#define KEPT 1      /* the node's level, behind its restart, stands in the workspace, where kernel.c looks for it */
#define PASSED_ON 2 /* those of its circle have been told */
#define FEW 5 /* points of a curve, as most have */

typedef struct {
    int32_t node, req; /* who requires, and its requirement */
    int32_t tolerance; /* s */
    int32_t alone;     /* the requirement's supply where this one is at 0 and all others are well */
    int32_t flags;
} Edge;

/* Most requirements have one supply, whose level is theirs, and no fallback: who requires then, and for how long it bears it. */
typedef struct { int32_t node, tolerance; } Straight;

typedef struct { int64_t second; double value; } Point;

/* Limits and impact over time. A node's curves stand side by side, for they are asked for together. */
typedef struct {
    int32_t categories;
    const int32_t *from; /* [node x category + 1] where its curve starts among the points; it ends where the next one starts */
    const Point *point;
    const int32_t *minimum; /* [node] as in hf_outages */
    const int64_t *mtpd;    /* [node] s */
} Limits;

/* What does not change between sweeps; shared by all threads. */
typedef struct {
    const Model *m;
    const Limits *limits;
    int32_t *straight_of; /* [node + 1], to those who draw on it by such a requirement, the least tolerance first, and at the */
    Straight *straight;   /* end one of tolerance NEVER: who bears an outage need not be looked at, nor those behind */
    int32_t *edge_of;     /* [node + 1], the edges to the others who draw on it as a supply */
    Edge *edge;
    /* The curves, close together. Per node and category the number of points and, if there are any, their seconds, and NEVER up to
     * FEW of them and once behind them; and their values, the last one twice. */
    int32_t *second;
    double *value;
} Plan;

/* What a node has been told in a run: the least of it all, before the node's restart. Beside it what does not change but is needed
 * with it: all of a node is one line of a processor's cache. */
typedef struct {
    int32_t run;               /* the run of which this speaks */
    int32_t start, end, level; /* the pulse, end the horizon where it never ends; or STEPS, and then start is where the list stands
                                  in the arena and end how many changes it has */
    int32_t open;              /* the first requirement that is still to be computed, or NONE */
    int32_t done;              /* KEPT, PASSED_ON: what has been done with this and not with something before it */
    int32_t restart, straight_from, edge_from, edge_to;
    int32_t minimum, mtpd;     /* mtpd NEVER where it is longer than every outage */
    int32_t circle;
    int32_t second_from, value_from; /* its curves in the plan */
    int32_t unused;
} Spot;

typedef struct {
    int32_t run;  /* the run in which one of its supplies was told of first */
    int32_t next; /* the requirement of the same node that is to be computed after it, NONE, or NOT_OPEN */
} Asked;

typedef struct {
    Workspace *w;
    const Plan *p;
    int32_t run;
    Spot *spot;             /* [node] */
    void *spots;            /* where their memory begins */
    Asked *asked;           /* [requirement] */
    int32_t *told, told_n;  /* the nodes that have been told something in this run */
    double *sum;            /* [category] what this run costs so far */
    uint32_t first;         /* the first second of a breach in it, UINT32_MAX for none */
    int32_t *breached;
    int64_t breached_n, breached_cap;
} Sweep;

void hf_plan_close(Plan *p) {
    if (!p) return;
    free(p->straight_of); free(p->straight); free(p->edge_of); free(p->edge); free(p->second); free(p->value); free(p);
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

/* How much room a curve of so many points takes among the seconds, and among the values. */
static int32_t seconds_taken(int32_t points) { return points ? 2 + (points < FEW ? FEW : points) : 1; }
static int32_t values_taken(int32_t points) { return points ? points + 1 : 0; }

static int lay_out_curves(Plan *p) {
    const Limits *l = p->limits;
    int64_t curves = (int64_t)p->m->nodes * l->categories, seconds = 0, values = 0;
    for (int64_t c = 0; c < curves; c++) {
        seconds += seconds_taken(l->from[c + 1] - l->from[c]);
        values += values_taken(l->from[c + 1] - l->from[c]);
    }
    p->second = spacious((size_t)seconds + 1, sizeof *p->second);
    p->value = spacious((size_t)values + 1, sizeof *p->value);
    if (!p->second || !p->value || seconds > INT32_MAX) return 0;
    int32_t *second = p->second;
    double *value = p->value;
    for (int64_t c = 0; c < curves; c++) {
        const Point *a = l->point + l->from[c];
        int32_t n = l->from[c + 1] - l->from[c];
        *second++ = n;
        if (!n) continue;
        for (int32_t k = 0; k < FEW + 1 || k < n + 1; k++) *second++ = k < n ? (int32_t)a[k].second : NEVER;
        for (int32_t k = 0; k < n + 1; k++) *value++ = a[k < n ? k : n - 1].value;
    }
    return 1;
}

Plan *hf_plan_open(const Model *m, const Limits *limits) {
    Plan *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->m = m;
    p->limits = limits;
    if (!lay_out_curves(p)) { hf_plan_close(p); return NULL; }
    p->straight_of = spacious((size_t)m->nodes + 2, sizeof *p->straight_of);
    p->edge_of = spacious((size_t)m->nodes + 2, sizeof *p->edge_of);
    if (!p->straight_of || !p->edge_of) { hf_plan_close(p); return NULL; }
    /* counted one further, so that filling leaves the starts in place */
    int32_t *of = p->edge_of + 1, *straight_of = p->straight_of + 1;
    for (int32_t g = 0; g < m->requirements; g++)
        for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) (is_straight(m, g) ? straight_of : of)[m->sup_node[s] + 1]++;
    for (int32_t i = 0; i < m->nodes; i++) { of[i + 1] += of[i]; straight_of[i + 1] += straight_of[i] + 1; }
    p->straight = spacious((size_t)straight_of[m->nodes] + 1, sizeof *p->straight);
    p->edge = spacious((size_t)of[m->nodes] + 1, sizeof *p->edge);
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
    free(s->spots); free(s->asked); free(s->told); free(s->breached); free(s);
}

/* A sweep in a workspace of the plan's model, which is nobody else's meanwhile. */
Sweep *hf_sweep_open(Workspace *w, const Plan *p) {
    const Model *m = p->m;
    const Limits *limits = p->limits;
    Sweep *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->w = w;
    s->p = p;
    s->spots = spacious((size_t)m->nodes + 2, sizeof *s->spot);
    s->asked = spacious((size_t)m->requirements + 1, sizeof *s->asked);
    s->told = calloc((size_t)m->nodes + 1, sizeof *s->told);
    if (!s->spots || !s->asked || !s->told) { hf_sweep_close(s); return NULL; }
    s->spot = (Spot *)(((uintptr_t)s->spots + sizeof(Spot) - 1) / sizeof(Spot) * sizeof(Spot));
    for (int32_t i = 0, second = 0, value = 0; i < m->nodes; i++) {
        int64_t mtpd = limits->mtpd[i];
        s->spot[i] = (Spot){.open = NONE, .restart = m->restart[i], .straight_from = p->straight_of[i], .edge_from = p->edge_of[i],
                            .edge_to = p->edge_of[i + 1], .minimum = limits->minimum[i],
                            .mtpd = mtpd < NEVER ? (int32_t)mtpd : NEVER, .circle = m->circle[i],
                            .second_from = second, .value_from = value};
        for (int64_t c = (int64_t)i * limits->categories; c < (int64_t)(i + 1) * limits->categories; c++) {
            second += seconds_taken(limits->from[c + 1] - limits->from[c]);
            value += values_taken(limits->from[c + 1] - limits->from[c]);
        }
    }
    for (int32_t g = 0; g < m->requirements; g++) s->asked[g].next = NOT_OPEN;
    return s;
}

/* ---------------------------------------------------------------- what a node has been told */

/* When the node's level is back: its restart after the end of the pulse that it has been told. */
static inline int32_t level_end(const Sweep *s, const Spot *q) {
    return q->end < s->w->horizon - q->restart ? q->end + q->restart : s->w->horizon;
}

/* The changes of a pulse, END behind them; their number. */
static inline int32_t steps_of(const Sweep *s, int32_t start, int32_t end, int32_t level, Step *three) {
    three[0] = (Step){start, level};
    three[1] = three[2] = END;
    if (end >= s->w->horizon) return 1;
    three[1].t = end;
    return 2;
}

static inline int is_pulse(const Step *a, int64_t n) { return n == 1 || (n == 2 && a[1].v == ONE); }

/* The first that this run tells the node. */
static inline void meet(Sweep *s, Spot *q) {
    q->run = s->run;
    s->told[s->told_n++] = (int32_t)(q - s->spot);
}

static inline void set_pulse(Spot *q, int32_t start, int32_t end, int32_t level) {
    q->start = start;
    q->end = end;
    q->level = level;
    q->done = 0;
}

/* Makes a list, which is never well throughout, what the node has been told. */
static void set_list(Sweep *s, Spot *q, const Step *a, int64_t n) {
    Workspace *w = s->w;
    if (is_pulse(a, n)) { set_pulse(q, a[0].t, n == 2 ? a[1].t : w->horizon, a[0].v); return; }
    int64_t place = a >= w->arena.at && a < w->arena.at + w->arena.n ? a - w->arena.at : shelve(w, a, n);
    if (place >= 0) set_pulse(q, (int32_t)place, (int32_t)n, STEPS);
}

/* Lowers what the node has been told by a list with END behind it; 1 if that changes it. */
static int lower_by_list(Sweep *s, Spot *q, const Step *a, int64_t n) {
    Workspace *w = s->w;
    if (q->run != s->run || q->level == ONE) {
        if (q->run != s->run) meet(s, q);
        set_list(s, q, a, n);
        return 1;
    }
    Step three[3];
    List low = {three, 0, NULL, 0};
    if (q->level == STEPS) low = (List){w->arena.at + q->start, q->end, NULL, 0};
    else if (!q->level && q->start <= a[0].t && (q->end >= w->horizon || (a[n - 1].v == ONE && q->end >= a[n - 1].t))) return 0;
    else low.n = steps_of(s, q->start, q->end, q->level, three);
    const Step *before = low.at;
    int64_t many = low.n;
    lower(w, &low, a, n, NULL, 0);
    if (low.n == many && same_steps(before, low.at, many)) return 0;
    set_list(s, q, low.at, low.n);
    return 1;
}

/* The same by a pulse that does not simply join what was told before. */
static int lower_by_pulse(Sweep *s, Spot *q, int32_t start, int32_t end, int32_t level) {
    if (q->level != STEPS) {
        if (start >= q->start && end <= q->end && level >= q->level) return 0;
        if (q->level == ONE || (start <= q->start && end >= q->end && level <= q->level)) {
            set_pulse(q, start, end, level);
            return 1;
        }
    }
    Step three[3];
    int32_t n = steps_of(s, start, end, level, three);
    return lower_by_list(s, q, three, n);
}

/* Tells a node of a pulse. Nearly always it is the first of the run, or joins the one before and is as deep. */
static inline void tell_pulse(Sweep *s, int32_t node, int32_t start, int32_t end, int32_t level) {
    Spot *q = s->spot + node;
    if (q->run != s->run) {
        meet(s, q);
        set_pulse(q, start, end, level);
        make_dirty(s->w, node);
    } else if ((q->level == level) & (start <= q->end) & (q->start <= end)) {
        if (!((start < q->start) | (end > q->end))) return;
        set_pulse(q, start < q->start ? start : q->start, end > q->end ? end : q->end, level);
        make_dirty(s->w, node);
    } else if (lower_by_pulse(s, q, start, end, level)) make_dirty(s->w, node);
}

static inline void tell_list(Sweep *s, int32_t node, const Step *a, int64_t n) {
    if (lower_by_list(s, s->spot + node, a, n)) make_dirty(s->w, node);
}

/* Has a requirement computed when the node's turn comes. */
static void ask(Sweep *s, int32_t node, int32_t req) {
    Spot *q = s->spot + node;
    if (q->run != s->run) { /* told of nothing that would lower it so far */
        meet(s, q);
        set_pulse(q, s->w->horizon, s->w->horizon, ONE);
    }
    if (s->asked[req].next != NOT_OPEN) return;
    s->asked[req].next = q->open;
    q->open = req;
    make_dirty(s->w, node);
}

/* ---------------------------------------------------------------- telling those who draw on a node */

static int32_t supply_without(const Model *m, const Edge *e, int32_t node, int32_t level) {
    int64_t sum = 0;
    int found = 0; /* one who stands twice in a requirement has two edges, and at the second the requirement is computed */
    for (int32_t k = m->sup_of[e->req]; k < m->sup_of[e->req + 1]; k++) {
        int this_one = m->sup_node[k] == node && !found;
        found |= this_one;
        sum += m->sup_weight[k] * (this_one ? level : ONE);
    }
    return supply_level(m, e->req, sum);
}

/* Whom to tell: all, or of the nodes from first up to last, a circle, only those inside it or only those outside. */
typedef struct { enum { TO_ALL, TO_CIRCLE, TO_OTHERS } whom; int32_t first, last; } Whom;
static const Whom all = {TO_ALL, 0, 0};

static inline int among(Whom to, int32_t user) {
    return to.whom == TO_ALL || ((user >= to.first) & (user < to.last)) == (to.whom == TO_CIRCLE);
}

/* Whether what one supplier tells of a requirement is all that is to be said of it so far. */
static inline int first_told(Sweep *s, const Edge *e) {
    if (!(e->flags & MANY)) return 1;
    int first = s->asked[e->req].run != s->run;
    s->asked[e->req].run = s->run;
    return first;
}

/* Tells one who draws on a node, by a requirement that is not straight, of the node's pulse. */
static void tell_by_edge(Sweep *s, const Edge *e, int32_t node, int32_t start, int32_t end, int32_t level) {
    if (e->flags & CIRCLE) { make_dirty(s->w, e->node); return; }
    if (!first_told(s, e)) { ask(s, e->node, e->req); return; }
    int32_t left = e->alone;
    if (left >= ONE || (level && (left = supply_without(s->p->m, e, node, level)) >= ONE)) return;
    if (e->flags & FALLBACK) ask(s, e->node, e->req);
    else if (end - start > e->tolerance) tell_pulse(s, e->node, start + e->tolerance, end, left);
}

/* Tells those who draw on a node that its level is `level` from start to end. */
static inline void push_pulse(Sweep *s, int32_t node, int32_t start, int32_t end, int32_t level, Whom to) {
    const Plan *p = s->p;
    const Spot *own = s->spot + node;
    /* The greatest of (t - tolerance, t] is below 1 from start + tolerance on, if the pulse lasts so long. */
    for (const Straight *e = p->straight + own->straight_from; e->tolerance < end - start; e++)
        if (among(to, e->node)) tell_pulse(s, e->node, start + e->tolerance, end, level);
    for (const Edge *e = p->edge + own->edge_from, *last = p->edge + own->edge_to; e < last; e++)
        if (among(to, e->node)) tell_by_edge(s, e, node, start, end, level);
}

/* The same of a level that is more than one pulse: n changes at a place of the arena, which may move meanwhile. */
static void push_list(Sweep *s, int32_t node, int64_t place, int32_t n, Whom to) {
    const Plan *p = s->p;
    Workspace *w = s->w;
    const Spot *own = s->spot + node;
    Step first = w->arena.at[place], last = w->arena.at[place + n - 1];
    int32_t span = (last.v == ONE ? last.t : w->horizon) - first.t;
    for (const Straight *e = p->straight + own->straight_from; e->tolerance < span; e++) {
        if (!among(to, e->node)) continue;
        if (!e->tolerance) { tell_list(s, e->node, w->arena.at + place, n); continue; }
        greatest_over(w, w->arena.at + place, n, &w->hat, e->tolerance);
        if (!w->hat.n) continue;
        w->hat.at[w->hat.n] = END;
        tell_list(s, e->node, w->hat.at, w->hat.n);
    }
    for (const Edge *e = p->edge + own->edge_from, *end = p->edge + own->edge_to; e < end; e++) {
        if (!among(to, e->node)) continue;
        if (e->flags & CIRCLE) { make_dirty(w, e->node); continue; }
        if (first_told(s, e) && (e->alone >= ONE || (!(e->flags & FALLBACK) && span <= e->tolerance))) continue;
        ask(s, e->node, e->req);
    }
}

/* ---------------------------------------------------------------- what is read off */

/* Adds what an outage of the node costs. The last value counts after the last point: there the next is as high, so that no branch
 * hangs on how long the outage is. */
static inline void add_costs(Sweep *s, const Spot *q, int32_t length) {
    const int32_t *t = s->p->second + q->second_from;
    const double *v = s->p->value + q->value_from;
    double *sum = s->sum, *end = sum + s->p->limits->categories;
    for (; sum < end; sum++) {
        int32_t n = *t++, passed; /* the last point reached, the first of them at 0 */
        if (!n) continue;
        if (n <= FEW) passed = (t[1] <= length) + (t[2] <= length) + (t[3] <= length) + (t[4] <= length);
        else for (passed = 0; t[passed + 1] <= length; passed++) {}
        double cost = v[passed];
        *sum += cost + (v[passed + 1] - cost) * (double)(length - t[passed]) / (double)(t[passed + 1] - t[passed]);
        t += (n < FEW ? FEW : n) + 1;
        v += n + 1;
    }
}

static inline void read_outage(Sweep *s, const Spot *q, int32_t node, int32_t start, int32_t length) {
    int breach = length > q->mtpd;
    uint32_t at = breach ? (uint32_t)start + (uint32_t)q->mtpd : UINT32_MAX;
    s->breached[s->breached_n] = node; /* stays if it is a breach */
    s->breached_n += breach;
    s->first = at < s->first ? at : s->first;
    add_costs(s, q, length);
}

/* A node that has been told a pulse and has had its turn. What is no process has a minimum of 0. */
static inline void read_pulse(Sweep *s, const Spot *q, int32_t node) {
    if (q->level < q->minimum) read_outage(s, q, node, q->start, level_end(s, q) - q->start);
}

/* A node whose level stands in the workspace. */
static void read_list(Sweep *s, int32_t node) {
    const Workspace *w = s->w;
    const Spot *q = s->spot + node;
    const Step *a = w->arena.at + w->lev[node].at, *last = a + w->lev[node].n;
    int64_t before = s->breached_n;
    while (a < last) {
        if (a->v >= q->minimum) { a++; continue; }
        int32_t since = a->t;
        do a++; while (a < last && a->v < q->minimum);
        read_outage(s, q, node, since, (a < last ? a->t : w->horizon) - since);
    }
    if (s->breached_n > before) s->breached_n = before + 1; /* it is named once */
}

/* ---------------------------------------------------------------- a node's turn */

/* Has the level of a node whose turn has been stand in the workspace; a list does so from its turn on. In a circle it may be that of
 * a node whose next turn is to come: lower than what stood there, not as low as it will be, and then asked for again. */
static inline void keep_level(Sweep *s, int32_t node) {
    Spot *q = s->spot + node;
    if (q->run != s->run || q->done & KEPT || q->level == STEPS) return;
    Step three[3];
    q->done |= KEPT;
    if (q->level < ONE) keep(s->w, node, three, steps_of(s, q->start, level_end(s, q), q->level, three));
}

static void keep_suppliers(Sweep *s, int32_t req) {
    const Model *m = s->w->m;
    for (int32_t k = m->sup_of[req]; k < m->sup_of[req + 1]; k++) keep_level(s, m->sup_node[k]);
    for (int32_t k = m->fb_of[req]; k < m->fb_of[req + 1]; k++) keep_level(s, m->fb_node[k]);
}

/* Whether a requirement cannot lower a node further: the node has been told to be at 0 for as long as any supplier of it is
 * below ONE, and nobody asks whether a fallback claims places of a pool. */
static int says_nothing(const Sweep *s, const Spot *q, int32_t req) {
    const Workspace *w = s->w;
    const Model *m = w->m;
    if (q->level) return 0;
    for (int32_t f = m->fb_of[req]; f < m->fb_of[req + 1]; f++)
        if (w->fb_pool[f] >= 0) return 0;
    for (int32_t k = m->sup_of[req]; k < m->sup_of[req + 1]; k++) {
        const Spot *of = s->spot + m->sup_node[k];
        if (of->run != s->run || of->level == ONE) continue;
        if (of->level == STEPS) return 0;
        if (of->start + m->tolerance[req] < q->start || level_end(s, of) > q->end) return 0;
    }
    return 1;
}

/* Computes what requirements of a node are open. */
static void answer(Sweep *s, Spot *q) {
    Workspace *w = s->w;
    for (int32_t g = q->open; g >= 0;) {
        int silent = says_nothing(s, q, g);
        if (!silent) keep_suppliers(s, g);
        if (!silent && requirement(w, g) && room(w, &w->hat, w->hat.n + 1)) {
            w->hat.at[w->hat.n] = END;
            lower_by_list(s, q, w->hat.at, w->hat.n);
        }
        int32_t next = s->asked[g].next;
        s->asked[g].next = NOT_OPEN;
        g = next;
    }
    q->open = NONE;
}

/* Puts a list behind the node's restart. Where that leaves one pulse, what was told is taken to be that pulse before a restart. */
static List behind_restart(Sweep *s, Spot *q) {
    Workspace *w = s->w;
    List level = {w->arena.at + q->start, q->end, NULL, 0};
    if (q->restart) {
        least_over(w, level.at, level.n, &w->level, q->restart);
        level = (List){w->level.at, w->level.n, NULL, 0};
    }
    if (is_pulse(level.at, level.n))
        set_pulse(q, level.at[0].t, level.n == 2 ? level.at[1].t - q->restart : w->horizon, level.at[0].v);
    return level;
}

/* The turn of a node of which more is to be said than one pulse. */
static void take_long_turn(Sweep *s, Spot *q, int32_t node) {
    Workspace *w = s->w;
    if (q->run != s->run) return;
    if (q->open >= 0) answer(s, q);
    if (q->level == STEPS) {
        List level = behind_restart(s, q);
        if (q->level == STEPS) {
            keep(w, node, level.at, level.n);
            q->done = KEPT;
            read_list(s, node);
            push_list(s, node, w->lev[node].at, w->lev[node].n, all);
            return;
        }
    }
    if (q->level == ONE) return;
    read_pulse(s, q, node);
    push_pulse(s, node, q->start, level_end(s, q), q->level, all);
}

/* The turn of a node outside circles: all that it draws on has had its own. */
static inline void take_turn(Sweep *s, int32_t node) {
    Spot *q = s->spot + node;
    if (!((q->run == s->run) & (q->open == NONE) & (q->level >= 0))) { take_long_turn(s, q, node); return; }
    read_pulse(s, q, node);
    push_pulse(s, node, q->start, level_end(s, q), q->level, all);
}

/* ---------------------------------------------------------------- circles */

/* Tells of a node that has been told something and has had its turn. */
static void pass_on(Sweep *s, int32_t node, Whom to) {
    const Spot *q = s->spot + node;
    Level own = s->w->lev[node];
    if (q->level != STEPS && q->level < ONE) push_pulse(s, node, q->start, level_end(s, q), q->level, to);
    if (q->level == STEPS && own.n) push_list(s, node, own.at, own.n, to);
}

/* A turn of a node in a circle: tells the others if what it has been told has changed; 0 if its level changes too often. */
static int take_turn_in_circle(Sweep *s, int32_t node, Whom to) {
    Workspace *w = s->w;
    Spot *q = s->spot + node;
    if (q->run != s->run) return 1;
    if (q->open >= 0) answer(s, q);
    if (q->done & PASSED_ON) return 1;
    if (q->level == STEPS) {
        List level = behind_restart(s, q);
        if (q->level == STEPS) {
            keep(w, node, level.at, level.n);
            q->done = KEPT;
        }
    }
    q->done |= PASSED_ON;
    pass_on(s, node, to);
    return q->level != STEPS || w->lev[node].n < MOST_CHANGES;
}

/* A circle on which no fallback hangs: swept from all well until nothing changes, as sweep_circle does. What a node
 * is told again is below what it was told before, so the least of all that it was told holds. 0 if it takes too long. */
static int tell_circle(Sweep *s, int32_t first, int32_t last) {
    Workspace *w = s->w;
    int64_t left = (int64_t)MOST_SWEEPS * (last - first);
    const Whom circle = {TO_CIRCLE, first, last};
    for (int32_t i = first; i < last; i++) {
        if (!is_dirty(w, i)) continue;
        w->dirty[i >> 6] &= ~(1ull << (i & 63));
        if (!left-- || !take_turn_in_circle(s, i, circle)) return 0;
        for (int32_t k = first; k <= i; k++) /* back to the lowest that has been told */
            if (is_dirty(w, k)) { i = k - 1; break; }
    }
    return 1;
}

/* A circle by kernel.c, from the levels of those outside it. */
static void settle_in_full(Sweep *s, int32_t first, int32_t last) {
    Workspace *w = s->w;
    const Model *m = w->m;
    for (int32_t i = first; i < last; i++) {
        Spot *q = s->spot + i;
        w->lev[i].n = 0;
        if (q->run == s->run) make_dirty(w, i);
        for (int32_t g = q->open; q->open >= 0; g = q->open) {
            q->open = s->asked[g].next;
            s->asked[g].next = NOT_OPEN;
        }
    }
    for (int32_t g = m->req_of[first]; g < m->req_of[last]; g++) keep_suppliers(s, g);
    settle_circle(w, first);
    for (int32_t i = first; i < last; i++) {
        Spot *q = s->spot + i;
        if (q->run != s->run) meet(s, q);
        set_pulse(q, w->lev[i].at, w->lev[i].n, STEPS);
        q->done = KEPT;
    }
}

static void take_turns(Sweep *s, int32_t first, int32_t last) {
    if (s->spot[first].circle == 2 || !tell_circle(s, first, last)) settle_in_full(s, first, last);
    const Whom others = {TO_OTHERS, first, last};
    for (int32_t i = first; i < last; i++) {
        const Spot *q = s->spot + i;
        if (q->run != s->run) continue;
        if (q->level == STEPS) read_list(s, i);
        else read_pulse(s, q, i);
        pass_on(s, i, others);
    }
}

/* ---------------------------------------------------------------- one loss */

/* Gives all that are told, and those whom they tell, their turns, upwards from a node. */
static void spread_told(Sweep *s, int32_t from) {
    Workspace *w = s->w;
    const Model *m = w->m;
    for (int32_t k = from >> 12, last = m->nodes >> 12; k <= last; k++)
        while (w->dirty_words[k]) {
            int32_t word = k * 64 + __builtin_ctzll(w->dirty_words[k]);
            for (uint64_t bits; (bits = w->dirty[word]);) {
                int32_t node = word * 64 + __builtin_ctzll(bits);
                if (s->spot[node].circle) take_turns(s, m->first[node], m->last[node]);
                else {
                    w->dirty[word] = bits & (bits - 1);
                    take_turn(s, node);
                }
                if (w->failed) return;
            }
            w->dirty_words[k] &= ~(1ull << (word & 63));
        }
}

/* After memory has run out nothing that was under way may be taken for done. */
static void forget_run(Sweep *s) {
    nothing_dirty(s->w);
    clear(s->w);
    for (int32_t i = 0; i < s->w->m->nodes; i++) { s->spot[i].run = 0; s->spot[i].open = NONE; }
    for (int32_t g = 0; g < s->w->m->requirements; g++) s->asked[g] = (Asked){0, NOT_OPEN};
    s->run = 0;
}

/* Runs the loss of one node from 0 to end. 1 if it went to a second run, for pools, and all levels stand in the workspace; 0 if
 * what the nodes have been told says all; -1 if memory ran out. */
static int lose_one(Sweep *s, int32_t node, int32_t end, int32_t horizon) {
    Workspace *w = s->w;
    int again = 0;
    clear(w);
    w->failed = 0;
    w->horizon = horizon;
    if (s->run == INT32_MAX) forget_run(s); /* the marks of runs long ago must not be taken for new ones */
    s->run++;
    s->told_n = 0;
    if (!ROOM(w, hits, 1)) return -1;
    w->hits[0] = (Hit){node, 0, 0, end, -1};
    w->hit_head[node] = 0;
    w->hits_n = 1;
    w->run = 1;
    if (s->spot[node].circle == 2) make_dirty(w, node);
    else tell_pulse(s, node, 0, end < horizon ? end : horizon, 0);
    spread_told(s, s->spot[node].circle ? w->m->first[node] : node);
    w->run = 2;
    if (!w->failed && grant(w)) {
        for (int32_t k = 0; k < s->told_n; k++) keep_level(s, s->told[k]);
        spread(w);
        again = 1;
    }
    if (!w->failed) return again;
    forget_run(s);
    return -1;
}

/* Nothing has been read off of this run; those breached in the runs before are kept. */
static void start_reading(Sweep *s, int64_t breached) {
    for (int32_t k = 0; k < s->p->limits->categories; k++) s->sum[k] = 0;
    s->first = UINT32_MAX;
    s->breached_n = breached;
}

/* Reads all off that stands in the workspace, in the order of nodes, as without a second run: sums of doubles hang on it. */
static void read_again(Sweep *s) {
    Workspace *w = s->w;
    for (int32_t k = 0; k < w->touched_n; k++) make_dirty(w, w->touched[k]);
    for (int32_t k = 0; (k = dirty_word(w, k, NULL)) >= 0;) {
        read_list(s, k * 64 + __builtin_ctzll(w->dirty[k]));
        w->dirty[k] &= w->dirty[k] - 1;
    }
}

/* Loses each of count nodes alone, from 0 to end, up to the horizon. Per lost node: how many processes are breached, the first second of a breach (-1: none) and, per category, the cost
 * of all outages. The breached processes themselves, by node lost and number, stay for hf_copy_breached.
 * Returns their number, or -1 out of memory. */
int64_t hf_weak_points(Sweep *s, int32_t count, const int32_t *lost, int32_t end, int32_t horizon, int32_t *breached,
                       int32_t *first, double *cost) {
    int64_t before = 0, nodes = s->p->m->nodes, categories = s->p->limits->categories;
    s->breached_n = 0;
    for (int32_t n = 0; n < count; n++, before = s->breached_n) {
        s->sum = cost + n * categories;
        if (!reserve(s->w, (void **)&s->breached, &s->breached_cap, before + nodes + 1, sizeof *s->breached)) return -1;
        start_reading(s, before);
        int again = lose_one(s, lost[n], end, horizon);
        if (again < 0) return -1;
        if (again) {
            start_reading(s, before);
            read_again(s);
        }
        first[n] = s->first == UINT32_MAX ? -1 : (int32_t)s->first;
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
