#include "report/arm.h"

#include <stdlib.h>
#include <string.h>

void arm_begin(struct arm *a, size_t columns)
{
	*a = (struct arm){.columns = columns, .age = 1};
}

void arm_probe(struct arm *a)
{
	struct arm_probe *p = vec_add(&a->probe);

	if (p == NULL)
		a->failed = true;
	else
		p->first = a->block.len;
}

void arm_piece(struct arm *a, uint32_t block, const struct piece *piece)
{
	if (a->failed || a->probe.len == 0 || piece->curve->total <= 0 || !(piece->factor > 0))
		return;
	struct arm_probe *p = &a->probe.at[a->probe.len - 1];
	if (p->blocks == 0 || a->block.at[a->block.len - 1].block != block) {
		struct arm_block *b = vec_add(&a->block);
		if (b == NULL) {
			a->failed = true;
			return;
		}
		*b = (struct arm_block){.block = block, .first = (uint32_t)a->piece.len};
		p->blocks++;
	}
	struct piece *to = vec_add(&a->piece);
	if (to == NULL) {
		a->failed = true;
		return;
	}
	*to = *piece;
	a->block.at[a->block.len - 1].pieces++;
	a->predicted |= piece->predicted;
}

static size_t cells(const struct arm *a)
{
	size_t n = a->probe.len * a->columns;

	return n == 0 ? 1 : n;
}

bool arm_close(struct arm *a)
{
	if (a->failed)
		return false;
	a->weight = calloc(cells(a), sizeof *a->weight);
	a->row = calloc(ARM_POINTS, sizeof *a->row);
	a->stamp = calloc(ARM_POINTS, sizeof *a->stamp);
	if (a->weight == NULL || a->row == NULL || a->stamp == NULL) {
		a->failed = true;
		return false;
	}
	for (size_t p = 0; p < a->probe.len; p++)
		for (size_t i = 0; i < a->probe.at[p].blocks; i++) {
			const struct arm_block *b = &a->block.at[a->probe.at[p].first + i];
			for (uint32_t k = 0; k < b->pieces; k++) {
				const struct piece *piece = &a->piece.at[b->first + k];
				a->weight[p * a->columns + b->block] += piece->factor * piece->curve->total;
			}
		}
	return true;
}

void arm_free(struct arm *a)
{
	for (int i = 0; a->row != NULL && i < ARM_POINTS; i++)
		free(a->row[i]);
	free(a->row);
	free(a->stamp);
	free(a->weight);
	vec_free(&a->piece);
	vec_free(&a->block);
	vec_free(&a->probe);
	*a = (struct arm){0};
}

size_t arm_blocks(const struct arm *a, size_t probe)
{
	return a->probe.at[probe].blocks;
}

size_t arm_least_blocks(const struct arm *a)
{
	size_t least = 0;

	for (size_t p = 0; p < a->probe.len; p++) {
		size_t n = a->probe.at[p].blocks;
		least = n != 0 && (least == 0 || n < least) ? n : least;
	}
	return least;
}

/* Weight of a piece at or below a point. */
static double piece_at(const struct piece *p, int point, const struct fit *fit)
{
	double us = arm_point_us(point);

	if (p->predicted) {
		if (us < fit->a_us + fit->r * p->rtt_us + p->extra_us)
			return 0;
		return p->factor * curve_at(p->curve, us - p->add_us + fit->r * p->gain_us);
	}
	if (p->add_us != 0)
		return p->factor * curve_at(p->curve, us - p->add_us);
	return p->factor * (point == 0 ? p->curve->zero : curve_at_bucket(p->curve, point - 1));
}

static bool same_fit(const struct fit *a, const struct fit *b)
{
	return memcmp(&a->a_us, &b->a_us, sizeof a->a_us) == 0 && memcmp(&a->r, &b->r, sizeof a->r) == 0;
}

const double *arm_row(struct arm *a, int point, const struct fit *fit)
{
	if (a->predicted && !same_fit(fit, &a->fit)) {
		a->fit = *fit;
		a->age++;
	}
	if (a->stamp[point] == a->age)
		return a->row[point];
	double *row = a->row[point];
	if (row == NULL) {
		row = a->row[point] = malloc(cells(a) * sizeof *row);
		if (row == NULL) {
			a->failed = true;
			return NULL;
		}
	}
	memset(row, 0, cells(a) * sizeof *row);
	for (size_t p = 0; p < a->probe.len; p++)
		for (size_t i = 0; i < a->probe.at[p].blocks; i++) {
			const struct arm_block *b = &a->block.at[a->probe.at[p].first + i];
			double sum = 0;
			for (uint32_t k = 0; k < b->pieces; k++)
				sum += piece_at(&a->piece.at[b->first + k], point, fit);
			row[p * a->columns + b->block] = sum;
		}
	a->stamp[point] = a->age;
	return row;
}
