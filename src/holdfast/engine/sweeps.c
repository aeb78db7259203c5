/* Sweeps: the cascade asked of many small scenarios in one call. Included by kernel.c, whose parts it uses.
 *
 * Weak points (docs/methods/weak-points.md): one node after the other is lost alone, and what befalls a node is told to those
 * who draw on it, so that only what is told is computed. Nearly every level is a single pulse, well but for one stretch at
 * one level, and a pulse passes through a requirement by a handful of comparisons. Other levels are the least of several pulses,
 * which are told one by one. A requirement whose supply is more than what one supplier tells (two of them fail, fallbacks come
 * on) is computed when all its suppliers are: by kernel.c, or here where it has one fallback and one supplier fails.
 */

#define MANY 1     /* the requirement has other supplies too */
#define FALLBACK 2 /* the requirement has fallbacks */
#define CIRCLE 4   /* who requires stands in a circle on which a fallback hangs */
#define STEPS (-1) /* in place of a pulse's level: the node's level is too much for pulses, and stands in the workspace alone */
#define WHOLE (-2) /* the same: the node is to be computed from all that it draws on */
#define MOST_PULSES 12 /* that are told of one node */
#define NONE (-1)
#define NOT_OPEN (-2)
#define KEPT 1      /* the node's level, behind its restart, stands in the workspace, where kernel.c looks for it */
#define PASSED_ON 2 /* those of its circle have been told */
#define FEW 4 /* points of a curve, as most have */
#define LONG (-2) /* of more points */
#define COSTS 64 /* outages whose costs are added in one go */
#define AHEAD 3 /* so many of those to be told are fetched while the costs are read off */
#define LINE 64 /* bytes of a line of the processor's cache */

typedef struct {
    int32_t node, req; /* who requires, and its requirement */
    int32_t tolerance; /* s */
    int32_t alone;     /* the requirement's supply where this one is at 0 and all others are well */
    int32_t flags;
    int32_t backup;    /* the requirement's only fallback among the backups, NONE where it has none or several */
} Edge;

/* A fallback as it helps against the loss of one supplier, all others well. */
typedef struct {
    int32_t supplier, fallback, provider, activation, endurance;
    int32_t helped; /* the requirement's supply while it is on */
} Backup;

/* Most requirements have one supply, whose level is theirs, and no fallback: who requires then, and for how long it bears it. */
typedef struct { int32_t node, tolerance; } Straight;

typedef struct { int64_t second; double value; } Point;

/* A curve of FEW points, in one line of the processor's cache: their seconds, the first at 0, and NEVER behind the last; and their
 * values, the last one up to the end. */
typedef struct { int32_t second[FEW + 2]; double value[FEW + 1]; } Curve;

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
    int32_t *straight_of; /* [2 x node (+ 1)] to those outside its circle (inside it) who draw on it by such a requirement, the */
    Straight *straight;   /* least tolerance first, and at the end one of tolerance NEVER: who bears an outage need not be looked
                             at, nor those behind. Outside circles none are inside, and there is no end either */
    int32_t *edge_of;     /* [node + 1], the edges to the others who draw on it as a supply */
    Edge *edge;
    Backup *backup;
    int32_t *curve_of;    /* [node] where its curves start, one for each category; NONE where it has none, LONG where one is */
    Curve *curve;
    void *curves;         /* where their memory begins */
} Plan;

/* Well but for a stretch at one level. */
typedef struct { int32_t start, end, level; } Pulse;

/* What a node has been told in a run: the least of it all, before the node's restart. Beside it what does not change but is needed
 * with it: all of a node is one line of a processor's cache. */
typedef struct {
    int32_t run;               /* the run of which this speaks */
    int32_t start, end, level; /* the first pulse, end the horizon where it never ends; level ONE for none, or STEPS, WHOLE */
    int32_t count, further;    /* how many pulses it is the least of, and where the others stand among the sweep's */
    int32_t open;              /* the first requirement that is still to be computed, or NONE */
    int32_t done;              /* KEPT, PASSED_ON: what has been done with this and not with something before it */
    int32_t restart, straight_from, inner_from; /* inner_from 0 outside circles */
    int32_t edge_from, edge_to;
    int32_t minimum, mtpd;     /* mtpd NEVER where it is longer than every outage */
    int32_t curve;             /* its curves in the plan */
} Spot;

typedef struct {
    int32_t run;  /* the run in which one of its supplies was told of first */
    int32_t next; /* the requirement of the same node that is to be computed after it, NONE, or NOT_OPEN */
    int32_t edge; /* from the only supplier that has told of anything, NONE where there are several */
} Asked;

typedef struct { int32_t curve, length; } Cost; /* LONG less the node in place of curves that are not short */

typedef struct {
    Workspace *w;
    const Plan *p;
    int32_t run;
    Spot *spot;             /* [node] */
    void *spots;            /* where their memory begins */
    Asked *asked;           /* [requirement] */
    Pulse *pulse;           /* of nodes with more than one, room for MOST_PULSES of each */
    int64_t pulse_n, pulse_cap;
    int32_t *told, told_n;  /* the nodes that have been told something in this run */
    Cost cost[COSTS];       /* outages whose cost is still to be added, in their order */
    int32_t cost_n;
    double *sum;            /* [category] what this run costs so far */
    uint32_t first;         /* the first second of a breach in it, UINT32_MAX for none */
    int32_t *breached;
    int64_t breached_n, breached_cap;
} Sweep;

void hf_plan_close(Plan *p) {
    if (!p) return;
    free(p->straight_of); free(p->straight); free(p->edge_of); free(p->edge); free(p->backup); free(p->curve_of); free(p->curves);
    free(p);
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

/* The list of a straight requirement's supplier in which it stands. */
static int32_t list_of(const Model *m, int32_t g) {
    return 2 * m->need[g].source + (m->first[m->need[g].source] == m->first[m->req_node[g]]);
}

static int is_straight(const Model *m, int32_t g) { return m->need[g].source >= 0 && m->circle[m->req_node[g]] != 2; }

static int lay_out_curves(Plan *p) {
    const Limits *l = p->limits;
    int32_t nodes = p->m->nodes, categories = l->categories;
    int64_t n = 0;
    p->curve_of = calloc((size_t)nodes + 1, sizeof *p->curve_of);
    if (!p->curve_of) return 0;
    for (int32_t i = 0; i < nodes; i++) {
        const int32_t *from = l->from + (int64_t)i * categories;
        int32_t most = 0;
        for (int32_t c = 0; c < categories; c++) most = from[c + 1] - from[c] > most ? from[c + 1] - from[c] : most;
        p->curve_of[i] = !most ? NONE : most > FEW ? LONG : (int32_t)n;
        n += most && most <= FEW ? categories : 0;
        if (n > INT32_MAX - categories) return 0;
    }
    p->curves = spacious((size_t)n + 2, sizeof *p->curve);
    if (!p->curves) return 0;
    p->curve = (Curve *)(((uintptr_t)p->curves + LINE - 1) / LINE * LINE);
    for (int32_t i = 0; i < nodes; i++)
        for (int32_t c = 0; p->curve_of[i] >= 0 && c < categories; c++) {
            const int32_t *from = l->from + (int64_t)i * categories + c;
            const Point *a = l->point + from[0];
            int32_t points = from[1] - from[0];
            Curve *to = p->curve + p->curve_of[i] + c;
            for (int32_t k = 0; k < FEW + 2; k++) to->second[k] = k < points ? (int32_t)a[k].second : NEVER;
            for (int32_t k = 0; points && k < FEW + 1; k++) to->value[k] = a[k < points ? k : points - 1].value;
            if (!points) to->second[0] = 0;
        }
    return 1;
}

Plan *hf_plan_open(const Model *m, const Limits *limits) {
    Plan *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->m = m;
    p->limits = limits;
    if (!lay_out_curves(p)) { hf_plan_close(p); return NULL; }
    p->straight_of = spacious(2 * (size_t)m->nodes + 2, sizeof *p->straight_of);
    p->edge_of = spacious((size_t)m->nodes + 2, sizeof *p->edge_of);
    if (!p->straight_of || !p->edge_of) { hf_plan_close(p); return NULL; }
    /* counted one further, so that filling leaves the starts in place */
    int32_t *of = p->edge_of + 1, *straight_of = p->straight_of + 1;
    for (int32_t g = 0; g < m->requirements; g++) {
        if (is_straight(m, g)) straight_of[list_of(m, g) + 1]++;
        else for (int32_t s = m->sup_of[g]; s < m->sup_of[g + 1]; s++) of[m->sup_node[s] + 1]++;
    }
    for (int32_t i = 0; i < m->nodes; i++) {
        of[i + 1] += of[i];
        straight_of[2 * i + 1] += straight_of[2 * i] + 1;
        straight_of[2 * i + 2] += straight_of[2 * i + 1] + (m->circle[i] > 0);
    }
    p->straight = spacious((size_t)straight_of[2 * m->nodes] + AHEAD, sizeof *p->straight);
    p->edge = spacious((size_t)of[m->nodes] + 1, sizeof *p->edge);
    int64_t backups = 0;
    for (int32_t f = 0; f < m->fallbacks; f++) backups += m->sup_of[m->fb_req[f] + 1] - m->sup_of[m->fb_req[f]];
    p->backup = calloc((size_t)backups + 1, sizeof *p->backup);
    if (!p->straight || !p->edge || !p->backup || backups > INT32_MAX) { hf_plan_close(p); return NULL; }
    for (int32_t g = 0, backup = 0; g < m->requirements; g++) {
        if (is_straight(m, g)) {
            p->straight[straight_of[list_of(m, g)]++] = (Straight){m->req_node[g], m->need[g].tolerance};
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
            e->backup = NONE;
            if (m->fb_of[g + 1] - m->fb_of[g] != 1) continue;
            int32_t f = m->fb_of[g];
            e->backup = backup;
            p->backup[backup++] = (Backup){m->sup_node[s], f, m->fb_node[f], m->fb_activation[f], m->fb_endurance[f],
                                           supply_level(m, g, (total - m->sup_weight[s] + m->fb_weight[f]) * ONE)};
        }
    }
    for (int32_t k = 0; k < 2 * m->nodes; k++) {
        if (k % 2 && !m->circle[k / 2]) continue;
        p->straight[straight_of[k]++] = (Straight){k / 2, NEVER};
        sort_straight(p->straight + p->straight_of[k], p->straight_of[k + 1] - p->straight_of[k]);
    }
    return p;
}

void hf_sweep_close(Sweep *s) {
    if (!s) return;
    free(s->spots); free(s->asked); free(s->told); free(s->pulse); free(s->breached); free(s);
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
    for (int32_t i = 0; i < m->nodes; i++) {
        int64_t mtpd = limits->mtpd[i];
        s->spot[i] = (Spot){.open = NONE, .restart = m->restart[i], .straight_from = p->straight_of[2 * i],
                            .inner_from = m->circle[i] ? p->straight_of[2 * i + 1] : 0, .edge_from = p->edge_of[i],
                            .edge_to = p->edge_of[i + 1], .minimum = limits->minimum[i],
                            .mtpd = mtpd < NEVER ? (int32_t)mtpd : NEVER,
                            .curve = p->curve_of[i]};
    }
    for (int32_t g = 0; g < m->requirements; g++) s->asked[g].next = NOT_OPEN;
    return s;
}

/* ---------------------------------------------------------------- what a node has been told */

/* When the node's level is back: its restart after the end of the pulse that it has been told. */
static inline int32_t back_at(const Sweep *s, const Spot *q, int32_t end) {
    return end < s->w->horizon - q->restart ? end + q->restart : s->w->horizon;
}

static inline int32_t level_end(const Sweep *s, const Spot *q) { return back_at(s, q, q->end); }

/* The first that this run tells the node. */
static inline void meet(Sweep *s, Spot *q) {
    q->run = s->run;
    q->count = 1;
    s->told[s->told_n++] = (int32_t)(q - s->spot);
}

static inline void set_pulse(Spot *q, int32_t start, int32_t end, int32_t level) {
    q->start = start;
    q->end = end;
    q->level = level;
    q->done = 0;
}

/* The pulses that a node has been told, into out [MOST_PULSES]; their number. */
static inline int32_t pulses_told(const Sweep *s, const Spot *q, Pulse *out) {
    out[0] = (Pulse){q->start, q->end, q->level};
    for (int32_t k = 1; k < q->count; k++) out[k] = s->pulse[q->further + k];
    return q->count;
}

/* Makes room for more than one; those of a node that has had more than one stand where they stood. */
static inline int room_for_further(Sweep *s, Spot *q) {
    if (q->count > 1) return 1;
    if (!reserve(s->w, (void **)&s->pulse, &s->pulse_cap, s->pulse_n + MOST_PULSES, sizeof *s->pulse)) return 0;
    q->further = (int32_t)s->pulse_n;
    s->pulse_n += MOST_PULSES;
    return 1;
}

static void set_pulses(Sweep *s, Spot *q, const Pulse *a, int32_t n) {
    if (n > 1 && !room_for_further(s, q)) return;
    set_pulse(q, a[0].start, a[0].end, a[0].level);
    for (int32_t k = 1; k < n; k++) s->pulse[q->further + k] = a[k];
    q->count = n;
}

static inline int holds(Pulse a, Pulse b) { return (a.level <= b.level) & (a.start <= b.start) & (a.end >= b.end); }

/* Lowers what a node has been told by one more pulse; 1 if that changes it. */
static int add_pulse(Sweep *s, Spot *q, Pulse p) {
    Pulse a[MOST_PULSES + 1];
    if (q->level < 0) return 0; /* it is computed anyhow */
    if (q->level == ONE) { set_pulse(q, p.start, p.end, p.level); return 1; }
    if (q->count == 1) {
        Pulse x = {q->start, q->end, q->level};
        if (holds(x, p)) return 0;
        int meets = (x.level == p.level) & (x.start <= p.end) & (p.start <= x.end);
        if (holds(p, x)) set_pulse(q, p.start, p.end, p.level);
        else if (meets) set_pulse(q, x.start < p.start ? x.start : p.start, x.end > p.end ? x.end : p.end, p.level);
        else {
            if (!room_for_further(s, q)) return 0;
            s->pulse[q->further + 1] = p;
            q->count = 2;
            q->done = 0;
        }
        return 1;
    }
    int32_t count = pulses_told(s, q, a), n = 0;
    for (int32_t k = 0; k < count; k++)
        if (holds(a[k], p)) return 0;
    for (int32_t k = 0; k < count; k++) { /* what it holds goes, and what it meets at its level is joined to it */
        if (holds(p, a[k])) continue;
        if ((a[k].level == p.level) & (a[k].start <= p.end) & (p.start <= a[k].end)) {
            p.start = a[k].start < p.start ? a[k].start : p.start;
            p.end = a[k].end > p.end ? a[k].end : p.end;
        } else a[n++] = a[k];
    }
    a[n++] = p;
    if (n > MOST_PULSES) { set_pulse(q, 0, 0, WHOLE); return 1; }
    set_pulses(s, q, a, n);
    return 1;
}

/* As tidy, for two. */
static void tidy_two(Sweep *s, Spot *q) {
    Pulse *b = s->pulse + q->further + 1;
    int32_t restart = q->restart, horizon = s->w->horizon;
    if (b->start - q->end > restart || q->start - b->end > restart) return;
    int32_t from = b->start < q->start ? b->start : q->start, to = b->end > q->end ? b->end : q->end;
    if (to >= horizon - restart) to = horizon;
    int first_is_it = q->start == from && (q->end == to || (to == horizon && q->end >= horizon - restart));
    int other_is_it = b->start == from && (b->end == to || (to == horizon && b->end >= horizon - restart));
    if (q->level == b->level || (q->level < b->level ? first_is_it : other_is_it)) {
        q->level = q->level < b->level ? q->level : b->level;
        q->start = from;
        q->end = to;
        q->count = 1;
    } else if (q->level > b->level) { q->start = from; q->end = to; }
    else { b->start = from; b->end = to; }
}

/* Puts the pulses that a node has been told as its level behind its restart has them: for each there is a level, and it is a
 * stretch, as long as may be, in which the node is no higher. So each passes a tolerance by itself. Two of them lie apart, or one
 * in the other, and no two are the same stretch. */
static void tidy(Sweep *s, Spot *q) {
    if (q->count == 2) { tidy_two(s, q); return; }
    Pulse a[MOST_PULSES], b[MOST_PULSES];
    int32_t count = pulses_told(s, q, a), n = 0, restart = q->restart, done = q->done;
    for (int32_t k = 0; k < count; k++) { /* the lowest first */
        Pulse p = a[k];
        int32_t j = k;
        if (p.end >= s->w->horizon - restart) p.end = s->w->horizon;
        for (; j > 0 && a[j - 1].level > p.level; j--) a[j] = a[j - 1];
        a[j] = p;
    }
    for (int32_t k = 0; k < count; k++) {
        Pulse p = a[k];
        int again, new = 1;
        do { /* in what is lower and meets it the node is no higher either */
            again = 0;
            for (int32_t j = 0; j < n; j++) {
                if ((b[j].start - p.end > restart) | (p.start - b[j].end > restart)) continue;
                again |= (b[j].start < p.start) | (b[j].end > p.end);
                p.start = b[j].start < p.start ? b[j].start : p.start;
                p.end = b[j].end > p.end ? b[j].end : p.end;
            }
        } while (again);
        int32_t kept = 0;
        for (int32_t j = 0; j < n; j++) {
            new &= !((b[j].start == p.start) & (b[j].end == p.end));
            if (b[j].level < p.level || !holds(p, b[j]) || !new) b[kept++] = b[j];
        }
        n = kept;
        if (new) b[n++] = p;
    }
    set_pulses(s, q, b, n);
    q->done = done;
}

/* The stretches of a list as tidy has them, by their end; their number, or MOST_PULSES + 1 where they are too many. */
static int32_t pulses_of(const Step *a, int64_t n, int32_t horizon, Pulse *out) {
    Pulse open[MOST_PULSES];
    int32_t deep = 0, many = 0;
    for (int64_t k = 0; k <= n; k++) {
        int32_t t = k < n ? a[k].t : horizon, v = k < n ? a[k].v : ONE, since = t;
        while (deep && open[deep - 1].level < v) {
            if (many == MOST_PULSES) return MOST_PULSES + 1;
            out[many++] = (Pulse){since = open[deep - 1].start, t, open[deep - 1].level};
            deep--;
        }
        if (v == ONE || (deep && open[deep - 1].level == v)) continue;
        if (deep == MOST_PULSES) return MOST_PULSES + 1;
        open[deep++] = (Pulse){since, 0, v};
    }
    return many;
}

/* The changes of a node's level, into out [2 x MOST_PULSES]; their number. */
static int64_t steps_of(const Sweep *s, const Spot *q, Step *out) {
    Pulse a[MOST_PULSES];
    int32_t t[2 * MOST_PULSES], n = pulses_told(s, q, a);
    int64_t many = 0;
    for (int32_t k = 0; k < n; k++) {
        a[k].end = back_at(s, q, a[k].end);
        for (int32_t e = 0; e < 2; e++) {
            int32_t x = e ? a[k].end : a[k].start, j = 2 * k + e;
            for (; j > 0 && t[j - 1] > x; j--) t[j] = t[j - 1];
            t[j] = x;
        }
    }
    for (int32_t k = 0; k < 2 * n && t[k] < s->w->horizon; k++) {
        int32_t v = ONE;
        for (int32_t j = 0; j < n; j++)
            if (a[j].start <= t[k] && t[k] < a[j].end && a[j].level < v) v = a[j].level;
        many = put(out, many, t[k], v);
    }
    return many;
}

/* Tells a node of a pulse. Nearly always it is the first of the run, or joins the one before and is as deep. */
static inline void tell_pulse(Sweep *s, int32_t node, int32_t start, int32_t end, int32_t level) {
    Spot *q = s->spot + node;
    if (q->run != s->run) {
        meet(s, q);
        set_pulse(q, start, end, level);
        make_dirty(s->w, node);
        __builtin_prefetch(s->p->straight + q->straight_from);
    } else if ((q->level == level) & (start <= q->end) & (q->start <= end)) {
        if (!((start < q->start) | (end > q->end))) return;
        set_pulse(q, start < q->start ? start : q->start, end > q->end ? end : q->end, level);
        make_dirty(s->w, node);
    } else if (add_pulse(s, q, (Pulse){start, end, level})) make_dirty(s->w, node);
}

/* Has a node computed from all that it draws on. */
static void tell_whole(Sweep *s, int32_t node) {
    Spot *q = s->spot + node;
    if (q->run != s->run) meet(s, q);
    set_pulse(q, 0, 0, WHOLE);
    make_dirty(s->w, node);
}

/* Has a requirement computed when the node's turn comes; `only` where nobody else has told of it. */
static void ask(Sweep *s, const Edge *e, int only) {
    int32_t req = e->req, edge = only ? (int32_t)(e - s->p->edge) : NONE;
    Spot *q = s->spot + e->node;
    if (q->run != s->run) { /* told of nothing that would lower it so far */
        meet(s, q);
        set_pulse(q, s->w->horizon, s->w->horizon, ONE);
    }
    Asked *a = s->asked + req;
    if (a->next != NOT_OPEN) { if (a->edge != edge) a->edge = NONE; return; }
    a->next = q->open;
    a->edge = edge;
    q->open = req;
    make_dirty(s->w, e->node);
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

static inline const Straight *straight_to(const Plan *p, const Spot *own, Whom to) {
    return p->straight + (to.whom == TO_CIRCLE ? own->inner_from : own->straight_from);
}

/* Whether what one supplier tells of a requirement is all that is to be said of it so far. */
static inline int first_told(Sweep *s, const Edge *e) {
    if (!(e->flags & MANY)) return 1;
    int first = s->asked[e->req].run != s->run;
    s->asked[e->req].run = s->run;
    return first;
}

/* Tells one who draws on a node, by a requirement of which nobody else has told, of a pulse of the node. */
static inline void tell_of_requirement(Sweep *s, const Edge *e, int32_t node, int32_t start, int32_t end, int32_t level) {
    int32_t left = e->alone;
    if (left >= ONE || (level && (left = supply_without(s->p->m, e, node, level)) >= ONE)) return;
    if (e->flags & FALLBACK) ask(s, e, 1);
    else if (end - start > e->tolerance) tell_pulse(s, e->node, start + e->tolerance, end, left);
}

/* Tells one who draws on a node, by a requirement that is not straight, of the node's pulse. */
static void tell_by_edge(Sweep *s, const Edge *e, int32_t node, int32_t start, int32_t end, int32_t level) {
    if (e->flags & CIRCLE) make_dirty(s->w, e->node);
    else if (!first_told(s, e)) ask(s, e, 0);
    else tell_of_requirement(s, e, node, start, end, level);
}

/* Tells those who draw on a node that its level is `level` from start to end. */
static inline void push_pulse(Sweep *s, int32_t node, int32_t start, int32_t end, int32_t level, Whom to) {
    const Plan *p = s->p;
    const Spot *own = s->spot + node;
    /* The greatest of (t - tolerance, t] is below 1 from start + tolerance on, if the pulse lasts so long. */
    for (const Straight *e = straight_to(p, own, to); e->tolerance < end - start; e++)
        tell_pulse(s, e->node, start + e->tolerance, end, level);
    for (const Edge *e = p->edge + own->edge_from, *last = p->edge + own->edge_to; e < last; e++)
        if (among(to, e->node)) tell_by_edge(s, e, node, start, end, level);
}

/* The same of a level of several pulses. */
static void push_pulses(Sweep *s, int32_t node, Whom to) {
    const Plan *p = s->p;
    const Spot *own = s->spot + node;
    Pulse a[MOST_PULSES];
    int32_t n = pulses_told(s, own, a), longest = 0;
    for (int32_t k = 0; k < n; k++) {
        a[k].end = back_at(s, own, a[k].end);
        if (a[k].end - a[k].start > longest) longest = a[k].end - a[k].start;
    }
    for (const Straight *e = straight_to(p, own, to); e->tolerance < longest; e++)
        for (int32_t k = 0; k < n; k++)
            if (a[k].end - a[k].start > e->tolerance) tell_pulse(s, e->node, a[k].start + e->tolerance, a[k].end, a[k].level);
    for (const Edge *e = p->edge + own->edge_from, *last = p->edge + own->edge_to; e < last; e++) {
        if (!among(to, e->node)) continue;
        if (e->flags & CIRCLE) { make_dirty(s->w, e->node); continue; }
        if (!first_told(s, e)) { ask(s, e, 0); continue; }
        for (int32_t k = 0; k < n; k++) tell_of_requirement(s, e, node, a[k].start, a[k].end, a[k].level);
    }
}

/* The same of a level that stands in the workspace alone. */
static void push_whole(Sweep *s, int32_t node, Whom to) {
    const Plan *p = s->p;
    const Spot *own = s->spot + node;
    for (const Straight *e = straight_to(p, own, to); e->tolerance < NEVER; e++) tell_whole(s, e->node);
    for (const Edge *e = p->edge + own->edge_from, *last = p->edge + own->edge_to; e < last; e++) {
        if (!among(to, e->node)) continue;
        if (e->flags & CIRCLE) make_dirty(s->w, e->node);
        else tell_whole(s, e->node);
    }
}

/* ---------------------------------------------------------------- what is read off */

/* The value of a curve at `length`, between the points `passed` and the next. */
static inline double between(double value, double next, int32_t length, int32_t from, int32_t to) {
    return value + (next - value) * (double)(length - from) / (double)(to - from);
}

/* What an outage costs of which the curves are not as short as most. */
static void add_cost_of_long(Sweep *s, int32_t node, int32_t length) {
    const Limits *l = s->p->limits;
    for (int32_t c = 0; c < l->categories; c++) {
        const int32_t *from = l->from + (int64_t)node * l->categories + c;
        const Point *a = l->point + from[0], *last = l->point + from[1] - 1;
        if (from[0] == from[1]) continue;
        while (a < last && a[1].second <= length) a++;
        s->sum[c] += a == last ? a->value : between(a->value, a[1].value, length, (int32_t)a->second, (int32_t)a[1].second);
    }
}

/* Adds what outages cost that have been put by, in their order: many at once, so that they need not wait for one another's curves. The
 * last value counts after the last point: there the next is as high, so that no branch hangs on how long the outage is. */
static void add_costs(Sweep *s) {
    int32_t categories = s->p->limits->categories;
    double *sum = s->sum;
    for (const Cost *a = s->cost, *last = a + s->cost_n; a < last; a++) {
        int32_t length = a->length;
        if (a->curve < 0) { add_cost_of_long(s, LONG - a->curve, length); continue; }
        const Curve *curve = s->p->curve + a->curve;
        for (int32_t c = 0; c < categories; c++, curve++) {
            const int32_t *t = curve->second;
            int32_t passed = (t[1] <= length) + (t[2] <= length) + (t[3] <= length);
            sum[c] += between(curve->value[passed], curve->value[passed + 1], length, t[passed], t[passed + 1]);
        }
    }
    s->cost_n = 0;
}

static inline void read_outage(Sweep *s, const Spot *q, int32_t node, int32_t start, int32_t length) {
    int breach = length > q->mtpd;
    uint32_t at = breach ? (uint32_t)start + (uint32_t)q->mtpd : UINT32_MAX;
    s->breached[s->breached_n] = node; /* stays if it is a breach */
    s->breached_n += breach;
    s->first = at < s->first ? at : s->first;
    if (q->curve == NONE) return;
    int32_t curve = q->curve;
    if (curve == LONG) curve = LONG - node;
    else { __builtin_prefetch(s->p->curve + curve); __builtin_prefetch(s->p->curve + curve + 1); }
    if (s->cost_n == COSTS) add_costs(s);
    s->cost[s->cost_n++] = (Cost){curve, length};
}

/* A node that has been told a pulse and has had its turn. What is no process has a minimum of 0. */
static inline void read_pulse(Sweep *s, const Spot *q, int32_t node) {
    if (q->level < q->minimum) read_outage(s, q, node, q->start, level_end(s, q) - q->start);
}

/* A node that has been told several, in order. Of those below its minimum the longest count: the others lie in them. */
static void read_pulses(Sweep *s, const Spot *q, int32_t node) {
    Pulse a[MOST_PULSES], down[MOST_PULSES];
    int32_t n = pulses_told(s, q, a), many = 0;
    int64_t before = s->breached_n;
    if (n == 2) {
        int both = (a[0].level < q->minimum) & (a[1].level < q->minimum);
        if ((a[0].level >= q->minimum) & (a[1].level >= q->minimum)) return;
        int second = a[0].level >= q->minimum || (both && a[1].start <= a[0].start && a[1].end >= a[0].end);
        int one = !both || second || (a[0].start <= a[1].start && a[0].end >= a[1].end);
        if (one) {
            read_outage(s, q, node, a[second].start, back_at(s, q, a[second].end) - a[second].start);
            return;
        }
    }
    for (int32_t k = 0; k < n; k++) {
        Pulse p = a[k];
        int lies_in_another = p.level >= q->minimum;
        for (int32_t j = 0; j < n && !lies_in_another; j++)
            lies_in_another = (j != k) & (a[j].level < q->minimum) & (a[j].start <= p.start) & (a[j].end >= p.end);
        if (lies_in_another) continue;
        int32_t j = many++; /* in order of time */
        for (; j > 0 && down[j - 1].start > p.start; j--) down[j] = down[j - 1];
        down[j] = p;
    }
    for (int32_t k = 0; k < many; k++) read_outage(s, q, node, down[k].start, back_at(s, q, down[k].end) - down[k].start);
    if (s->breached_n > before) s->breached_n = before + 1; /* it is named once */
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

/* Has the level of a node whose turn has been stand in the workspace. In a circle it may be that of a node whose next turn is to
 * come: lower than what stood there, not as low as it will be, and then asked for again. */
static inline void keep_level(Sweep *s, int32_t node) {
    Spot *q = s->spot + node;
    if (q->run != s->run || q->done & KEPT || q->level < 0) return;
    q->done |= KEPT;
    if (q->level == ONE) return;
    Step a[2 * MOST_PULSES];
    if (q->count == 1) {
        int32_t back = level_end(s, q);
        a[0] = (Step){q->start, q->level};
        a[1] = (Step){back, ONE};
        keep(s->w, node, a, back < s->w->horizon ? 2 : 1);
    } else keep(s->w, node, a, steps_of(s, q, a));
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
        if (of->level < 0 || of->count > 1) return 0;
        if (of->start + m->tolerance[req] < q->start || level_end(s, of) > q->end) return 0;
    }
    return 1;
}

/* Lowers a node by what a pulse of a requirement's supply leaves of it behind its tolerance. */
static inline void add_supply(Sweep *s, Spot *q, int32_t start, int32_t end, int32_t level, int32_t tolerance) {
    if (end - start > tolerance && level < ONE) add_pulse(s, q, (Pulse){start + tolerance, end, level});
}

/* A requirement with one fallback, whose provider is well, of which only one supplier is down, and for a single pulse at 0; 0 where
 * it is not so. */
static inline int answer_with_backup(Sweep *s, Spot *q, const Edge *e) {
    const Backup *b = s->p->backup + e->backup;
    const Spot *of = s->spot + b->supplier, *provider = s->spot + b->provider;
    if (of->level || of->count > 1 || (provider->run == s->run && provider->level != ONE)) return 0;
    int32_t start = of->start, end = level_end(s, of);
    int64_t on = (int64_t)start + b->activation, off = b->endurance == NEVER ? NEVER : on + b->endurance;
    if (on >= end) { /* too late */
        add_supply(s, q, start, end, e->alone, e->tolerance);
        return 1;
    }
    mark_on(s->w, b->fallback);
    add_supply(s, q, start, end, b->helped, e->tolerance);
    if (b->helped == e->alone) return 1;
    add_supply(s, q, start, (int32_t)on, e->alone, e->tolerance);
    if (off < end) add_supply(s, q, (int32_t)off, end, e->alone, e->tolerance);
    return 1;
}

/* Computes what requirements of a node are open. */
static void answer(Sweep *s, Spot *q) {
    Workspace *w = s->w;
    for (int32_t g = q->open; g >= 0;) {
        int32_t edge = s->asked[g].edge;
        int silent = (edge >= 0 && s->p->edge[edge].backup >= 0 && answer_with_backup(s, q, s->p->edge + edge))
                  || says_nothing(s, q, g);
        if (!silent) keep_suppliers(s, g);
        if (!silent && requirement(w, g)) {
            Pulse a[MOST_PULSES];
            int32_t n = pulses_of(w->hat.at, w->hat.n, w->horizon, a);
            if (n > MOST_PULSES) set_pulse(q, 0, 0, WHOLE);
            else for (int32_t k = 0; k < n; k++) add_pulse(s, q, a[k]);
        }
        int32_t next = s->asked[g].next;
        s->asked[g].next = NOT_OPEN;
        g = next;
    }
    q->open = NONE;
}

/* Takes over the level of a node that stands in the workspace: in pulses, as what it has been told before its restart, if they are
 * not too many. */
static void take_over(Sweep *s, Spot *q, int32_t node) {
    Workspace *w = s->w;
    Level level = w->lev[node];
    Pulse a[MOST_PULSES];
    int32_t n = pulses_of(w->arena.at + level.at, level.n, w->horizon, a);
    if (!n) set_pulse(q, w->horizon, w->horizon, ONE);
    else if (n > MOST_PULSES) set_pulse(q, 0, 0, STEPS);
    else {
        for (int32_t k = 0; k < n; k++) a[k].end -= a[k].end < w->horizon ? q->restart : 0;
        set_pulses(s, q, a, n);
    }
    if (n <= 1) q->count = 1;
    q->done = KEPT;
}

static void close_requirements(Sweep *s, Spot *q) {
    for (int32_t g = q->open; g >= 0; g = q->open) {
        q->open = s->asked[g].next;
        s->asked[g].next = NOT_OPEN;
    }
}

/* Computes a node from all that it draws on. */
static void compute_whole(Sweep *s, Spot *q, int32_t node) {
    Workspace *w = s->w;
    close_requirements(s, q);
    for (int32_t g = w->m->req_of[node]; g < w->m->req_of[node + 1]; g++) keep_suppliers(s, g);
    List level = node_level(w, node);
    keep(w, node, level.at, level.n);
    take_over(s, q, node);
}

/* What a node's level costs, if anything is below its minimum. */
static void read_level(Sweep *s, const Spot *q, int32_t node) {
    if (q->level == STEPS) read_list(s, node);
    else if (q->count > 1) read_pulses(s, q, node);
    else read_pulse(s, q, node);
}

/* Tells of a node that has been told something and has had its turn. */
static void pass_on(Sweep *s, int32_t node, Whom to) {
    const Spot *q = s->spot + node;
    if (q->level == STEPS) push_whole(s, node, to);
    else if (q->count > 1) push_pulses(s, node, to);
    else if (q->level < ONE) push_pulse(s, node, q->start, level_end(s, q), q->level, to);
}

/* The turn of a node of which more is to be said than one pulse. */
static void take_long_turn(Sweep *s, Spot *q, int32_t node) {
    if (q->run != s->run) return;
    if (q->open >= 0 && q->level != WHOLE) answer(s, q);
    if (q->level == WHOLE) compute_whole(s, q, node);
    else if (q->count > 1) tidy(s, q);
    read_level(s, q, node);
    pass_on(s, node, all);
}

/* The turn of a node outside circles: all that it draws on has had its own. */
static inline void take_turn(Sweep *s, int32_t node) {
    Spot *q = s->spot + node;
    if (!((q->run == s->run) & (q->open == NONE) & (q->count == 1) & (q->level >= 0))) { take_long_turn(s, q, node); return; }
    const Straight *f = s->p->straight + q->straight_from;
    for (int k = 0; k < AHEAD; k++) __builtin_prefetch(s->spot + f[k].node);
    read_pulse(s, q, node);
    push_pulse(s, node, q->start, level_end(s, q), q->level, all);
}

/* ---------------------------------------------------------------- circles */

/* A turn of a node in a circle: tells the others if what it has been told has changed; 0 if it is to be computed as a whole. */
static int take_turn_in_circle(Sweep *s, int32_t node, Whom to) {
    Spot *q = s->spot + node;
    if (q->run != s->run) return 1;
    if (q->open >= 0 && q->level != WHOLE) answer(s, q);
    if (q->level == WHOLE) return 0;
    if (q->done & PASSED_ON) return 1;
    if (q->count > 1) tidy(s, q);
    q->done |= PASSED_ON;
    pass_on(s, node, to);
    return 1;
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
        close_requirements(s, q);
    }
    for (int32_t g = m->req_of[first]; g < m->req_of[last]; g++) keep_suppliers(s, g);
    settle_circle(w, first);
    for (int32_t i = first; i < last; i++) {
        Spot *q = s->spot + i;
        if (q->run != s->run) meet(s, q);
        take_over(s, q, i);
    }
}

static void take_turns(Sweep *s, int32_t first, int32_t last) {
    if (s->w->m->circle[first] == 2 || !tell_circle(s, first, last)) settle_in_full(s, first, last);
    const Whom others = {TO_OTHERS, first, last};
    for (int32_t i = first; i < last; i++) {
        const Spot *q = s->spot + i;
        if (q->run != s->run) continue;
        read_level(s, q, i);
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
                if (s->spot[node].inner_from) take_turns(s, m->first[node], m->last[node]);
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
    for (int32_t g = 0; g < s->w->m->requirements; g++) s->asked[g] = (Asked){0, NOT_OPEN, NONE};
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
    s->pulse_n = 0;
    if (!ROOM(w, hits, 1)) return -1;
    w->hits[0] = (Hit){node, 0, 0, end, -1};
    w->hit_head[node] = 0;
    w->hits_n = 1;
    w->run = 1;
    if (w->m->circle[node] == 2) make_dirty(w, node);
    else tell_pulse(s, node, 0, end < horizon ? end : horizon, 0);
    spread_told(s, w->m->circle[node] ? w->m->first[node] : node);
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
    s->cost_n = 0;
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
        add_costs(s);
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
