/* How compiled modules read an attribute that lies in a slot: of a msgspec struct, or of a class with __slots__.
 *
 * The interpreter remembers, at every place where an attribute is read, where in the object the class keeps it; C that
 * Cython writes asks the class anew each time. Here it is remembered by class and name for as long as the class stays as
 * it is: CPython numbers the states of classes (tp_version_tag), gives no number twice, and 0 to a class that has none.
 * Whatever is not simply a slot is read as before.
 */
#ifndef PICKUP_ATTRIBUTES_H
#define PICKUP_ATTRIBUTES_H

#include <Python.h>
#include <structmember.h>

#ifdef Py_GIL_DISABLED
/* Several threads would write what is remembered at once. */
#define pickup_read(type, object, name) ((type)->tp_getattro((object), (name)))
#else

typedef struct {
    PyTypeObject *type;
    PyObject *name;
    unsigned int version;
    int is_slot;
    Py_ssize_t offset;
} pickup_place;

/* A module reads less than a hundred pairs of class and name; two that share a place find theirs anew each time. */
#define PICKUP_PLACES 256
static pickup_place pickup_places[PICKUP_PLACES];

static void pickup_find(pickup_place *place, PyTypeObject *type, PyObject *name) {
    PyObject *found = type->tp_getattro == PyObject_GenericGetAttr ? _PyType_Lookup(type, name) : NULL;
    /* The look-up has numbered the class, if it had no number. */
    *place = (pickup_place){.type = type, .name = name, .version = type->tp_version_tag};
    if (found != NULL && Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
        place->is_slot = member->type == T_OBJECT_EX && !(member->flags & READ_RESTRICTED)
            /* Of another class's objects a slot says nothing: that is the descriptor's error to raise. */
            && PyType_IsSubtype(type, ((PyDescrObject *)found)->d_type);
        place->offset = member->offset;
    }
}

static inline PyObject *pickup_read(PyTypeObject *type, PyObject *object, PyObject *name) {
    size_t at = (((size_t)type >> 5) ^ ((size_t)name >> 4)) & (PICKUP_PLACES - 1);
    pickup_place *place = &pickup_places[at];
    if (place->type != type || place->name != name || place->version != type->tp_version_tag || place->version == 0) {
        pickup_find(place, type, name);
    }
    if (place->is_slot) {
        PyObject *value = *(PyObject **)((char *)object + place->offset);
        if (value != NULL) {
            Py_INCREF(value);
            return value;
        }
    }
    /* An empty slot raises there. */
    return type->tp_getattro(object, name);
}
#endif
#endif
