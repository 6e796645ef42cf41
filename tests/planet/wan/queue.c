#include "queue.h"

#include <stdlib.h>

static bool before(const struct packet *a, const struct packet *b) {
  return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

bool queue_push(struct queue *q, struct packet *p) {
  if (q->count == q->room) {
    size_t room = q->room ? q->room * 2 : 1024;
    struct packet **heap = realloc(q->heap, room * sizeof *heap);
    if (!heap) {
      free(p);
      return false;
    }
    q->heap = heap;
    q->room = room;
  }
  p->order = q->next_order++;
  size_t i = q->count++;
  while (i > 0 && before(p, q->heap[(i - 1) / 2])) {
    q->heap[i] = q->heap[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  q->heap[i] = p;
  return true;
}

struct packet *queue_peek(const struct queue *q) { return q->count ? q->heap[0] : NULL; }

struct packet *queue_pop(struct queue *q) {
  if (q->count == 0) return NULL;
  struct packet *top = q->heap[0], *last = q->heap[--q->count];
  size_t i = 0;
  for (;;) {
    size_t child = 2 * i + 1;
    if (child >= q->count) break;
    if (child + 1 < q->count && before(q->heap[child + 1], q->heap[child])) child++;
    if (!before(q->heap[child], last)) break;
    q->heap[i] = q->heap[child];
    i = child;
  }
  if (q->count) q->heap[i] = last;
  return top;
}

void queue_free(struct queue *q) {
  for (size_t i = 0; i < q->count; i++) free(q->heap[i]);
  free(q->heap);
  *q = (struct queue){0};
}
