/* Commands from a terminal, with history and completion (libedit). */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <histedit.h>

#include "cli.h"
#include "control.h"
#include "files.h"

#define REMEMBERED 1000

struct terminal {
	struct control *control;
	EditLine *edit;
	History *history;
	bool gone; /* the server has closed */
};

static char *prompt(EditLine *edit)
{
	static char text[] = "sheepsim> ";

	(void)edit;
	return text;
}

static struct terminal *terminal_of(EditLine *edit)
{
	void *t = NULL;

	el_get(edit, EL_CLIENTDATA, &t);
	return t;
}

/* Prints the events that have come; true: something was printed over the line that is edited. */
static bool print_events(struct terminal *t)
{
	bool any = false;
	bool read = true;
	char *line;

	for (;;) {
		enum came came = control_next(t->control, read, &line);

		read = false;
		if (came == CAME_GONE)
			t->gone = true;
		if (came == CAME_GONE || came == CAME_NOTHING)
			return any;
		if (!any)
			fputs("\r\033[K", stdout);
		any = true;
		control_print(t->control, came, line);
		fflush(stdout);
	}
}

/* The next character; what the server tells meanwhile is shown above the line. */
static int next_char(EditLine *edit, wchar_t *c)
{
	struct terminal *t = terminal_of(edit);
	struct pollfd polled[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				   {.fd = t->control->fd, .events = POLLIN}};
	unsigned char byte;

	while (!t->gone) {
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (polled[1].revents != 0 && print_events(t))
			el_set(edit, EL_REFRESH);
		if (polled[0].revents == 0)
			continue;
		if (read(STDIN_FILENO, &byte, 1) <= 0)
			return 0;
		*c = byte;
		return 1;
	}
	return 0;
}

/* ------------------------------------------------------------------ completion */

struct offers {
	char **list;
	size_t nr;
	size_t common; /* so many characters are those of all */
};

static void add_offer(struct offers *o, const char *word)
{
	size_t same = 0;

	o->list = need(realloc(o->list, (o->nr + 1) * sizeof(*o->list)));
	o->list[o->nr++] = need(strdup(word));
	if (o->nr == 1) {
		o->common = strlen(word);
		return;
	}
	while (same < o->common && o->list[0][same] == word[same])
		same++;
	o->common = same;
}

/* Asks the server, which knows the language and the nodes. */
static void ask_offers(struct terminal *t, const char *line, struct offers *o)
{
	char *command = need(malloc(strlen(line) + 10));
	enum came came = CAME_NOTHING;
	char *reply;

	snprintf(command, strlen(line) + 10, "complete %s", line);
	if (!control_send(t->control, command))
		came = CAME_GONE;
	free(command);
	while (came != CAME_END && came != CAME_GONE) {
		came = control_next(t->control, true, &reply);
		if (came == CAME_OUTPUT)
			add_offer(o, reply + 2);
	}
	t->gone = came == CAME_GONE;
}

static unsigned char complete(EditLine *edit, int ch)
{
	struct terminal *t = terminal_of(edit);
	const LineInfo *info = el_line(edit);
	size_t len = (size_t)(info->cursor - info->buffer);
	char *line = need(strndup(info->buffer, len));
	const char *last = strrchr(line, ' ');
	size_t begun = strlen(last != NULL ? last + 1 : line);
	unsigned char result = CC_ERROR;
	struct offers o = {0};

	(void)ch;
	ask_offers(t, line, &o);
	/* names of two words begin with the first of them */
	if (o.nr > 0 && o.common > begun) {
		char *more = need(strndup(o.list[0] + begun, o.common - begun));

		el_insertstr(edit, more);
		free(more);
		if (o.nr == 1 && o.list[0][o.common - 1] != '=')
			el_insertstr(edit, " ");
		result = CC_REFRESH;
	} else if (o.nr > 1) {
		putchar('\n');
		for (size_t i = 0; i < o.nr; i++)
			printf("%s%s", o.list[i], i + 1 < o.nr ? "  " : "\n");
		result = CC_REDISPLAY;
	}
	for (size_t i = 0; i < o.nr; i++)
		free(o.list[i]);
	free(o.list);
	free(line);
	return result;
}

/* ------------------------------------------------------------------ the terminal */

/* Where lines are remembered; NULL: nowhere. To be freed. */
static char *history_path(void)
{
	const char *home = getenv("HOME");
	size_t size = home != NULL ? strlen(home) + 20 : 0;
	char *path = size > 0 ? need(malloc(size)) : NULL;

	if (path != NULL)
		snprintf(path, size, "%s/.sheepsim_history", home);
	return path;
}

static void open_terminal(struct terminal *t, const char *remembered)
{
	HistEvent event;

	t->history = need(history_init());
	history(t->history, &event, H_SETSIZE, REMEMBERED);
	history(t->history, &event, H_SETUNIQUE, 1);
	if (remembered != NULL)
		history(t->history, &event, H_LOAD, remembered);
	t->edit = need(el_init("sheepsim", stdin, stdout, stderr));
	el_set(t->edit, EL_CLIENTDATA, t);
	el_set(t->edit, EL_PROMPT, prompt);
	el_set(t->edit, EL_EDITOR, "emacs");
	el_set(t->edit, EL_HIST, history, t->history);
	el_set(t->edit, EL_GETCFN, next_char);
	/* el_set() would make copies of these two, and free none */
	el_wset(t->edit, EL_ADDFN, L"sheepsim-complete", L"completes the word", complete);
	el_set(t->edit, EL_BIND, "^I", "sheepsim-complete", NULL);
	el_source(t->edit, NULL);
}

static int run_line(struct terminal *t, const char *typed, int len)
{
	HistEvent event;
	char *line = need(strndup(typed, (size_t)len));
	int code;

	line[strcspn(line, "\n")] = '\0';
	if (*line != '\0')
		history(t->history, &event, H_ENTER, line);
	code = control_run(t->control, line);
	free(line);
	return code;
}

int control_interact(struct control *c)
{
	struct terminal t = {.control = c};
	char *remembered = history_path();
	int code = EXIT_PASSED;
	HistEvent event;
	const char *line;
	int len;

	open_terminal(&t, remembered);
	while (!t.gone && (line = el_gets(t.edit, &len)) != NULL && len > 0) {
		code = run_line(&t, line, len);
		if (strncmp(line, "bye", 3) == 0 || strncmp(line, "end", 3) == 0)
			break;
	}
	if (remembered != NULL)
		history(t.history, &event, H_SAVE, remembered);
	el_end(t.edit);
	history_end(t.history);
	free(remembered);
	return t.gone ? EXIT_FAILED : code;
}
